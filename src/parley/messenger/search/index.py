"""The search index on tantivy: one local folder, one writer, readers that see the last commit.

Texts are folded and cut into words by `rules.words` before they reach the index, so the index itself only
splits at spaces; queries go the same way and therefore meet the same words.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import tantivy

from parley.core.peers import Peer, PeerKind
from parley.messenger.search.model import Entity, Post, PostHit
from parley.messenger.search.rules import allowed_errors, words

_HEAP_BYTES = 15_000_000
_EXACT, _PREFIX, _TYPO = 4.0, 2.0, 1.0
#: Change it with the fields below: an index of another version is made anew.
VERSION = 1


class TantivyIndex:
    """A `SearchIndex` in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder / f"v{VERSION}"
        self.fresh = not self._folder.exists()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(self._folder))
        self._index.register_tokenizer("words", _split_at_spaces())
        self._writer: tantivy.IndexWriter | None = None

    def put_entities(self, entities: Iterable[Entity]) -> None:
        """See `SearchIndex`."""
        for entity in entities:
            self._delete("key", _entity_key(entity.peer))
            self._add(
                key=_entity_key(entity.peer),
                kind="entity",
                peer=_peer_key(entity.peer),
                name=" ".join(words(entity.title)),
                username=" ".join([entity.username.lower(), *words(entity.username)]).strip(),
                weight=entity.weight,
            )

    def put_posts(self, posts: Iterable[Post]) -> None:
        """See `SearchIndex`."""
        for post in posts:
            key = _post_key(post.channel, post.message_id)
            self._delete("key", key)
            self._add(
                key=key,
                kind="post",
                peer=_peer_key(post.channel),
                message=post.message_id,
                body=" ".join(words(post.text)),
                date=post.date,
            )

    def remove_entity(self, peer: Peer) -> None:
        """See `SearchIndex`."""
        self._delete("peer", _peer_key(peer))

    def remove_posts(self, channel: Peer, message_ids: Iterable[int]) -> None:
        """See `SearchIndex`."""
        for message_id in message_ids:
            self._delete("key", _post_key(channel, message_id))

    def commit(self) -> None:
        """See `SearchIndex`."""
        self._write().commit()
        self._index.reload()

    def close(self) -> None:
        """Release the writer's lock on the folder; what was not committed is lost."""
        if self._writer is not None:
            self._writer.rollback()
            self._writer.wait_merging_threads()
            self._writer = None

    def find_entities(self, words: Sequence[str], limit: int) -> list[Peer]:
        """See `SearchIndex`."""
        parts = [(tantivy.Occur.Must, self._word(word, ("name", "username"))) for word in words]
        query = tantivy.Query.boolean_query([(tantivy.Occur.Must, self._term("kind", "entity")), *parts])
        searcher = self._index.searcher()
        hits = searcher.search(query, limit).hits
        documents = [(score, searcher.doc(address)) for score, address in hits]
        documents.sort(key=lambda pair: (-round(float(str(pair[0])), 1), -int(pair[1].get_first("weight") or 0)))
        return [_peer(str(document.get_first("peer"))) for _, document in documents]

    def find_posts(self, words: Sequence[str], before: int, limit: int) -> list[PostHit]:
        """See `SearchIndex`."""
        parts = [(tantivy.Occur.Must, self._word(word, ("body",))) for word in words]
        parts.append((tantivy.Occur.Must, self._term("kind", "post")))
        if before:
            older = tantivy.Query.range_query(
                self._schema, "date", tantivy.FieldType.Integer, 0, before, include_upper=False
            )
            parts.append((tantivy.Occur.Must, older))
        searcher = self._index.searcher()
        found = searcher.search(
            tantivy.Query.boolean_query(parts), limit, order_by_field="date", order=tantivy.Order.Desc
        )
        documents = [searcher.doc(address) for _, address in found.hits]
        return [PostHit(_peer(str(d.get_first("peer"))), int(str(d.get_first("message")))) for d in documents]

    def _word(self, word: str, fields: Sequence[str]) -> tantivy.Query:
        """Match a word exactly, as a beginning, or with the typing errors that its length allows."""
        errors = allowed_errors(word)
        options: list[tuple[tantivy.Occur, tantivy.Query]] = []
        for field in fields:
            options.append((tantivy.Occur.Should, tantivy.Query.boost_query(self._term(field, word), _EXACT)))
            options.append((tantivy.Occur.Should, self._fuzzy(field, word, 0, _PREFIX)))
            if errors:
                options.append((tantivy.Occur.Should, self._fuzzy(field, word, errors, _TYPO)))
        return tantivy.Query.boolean_query(options)

    def _fuzzy(self, field: str, word: str, errors: int, boost: float) -> tantivy.Query:
        query = tantivy.Query.fuzzy_term_query(
            self._schema, field, word, distance=errors, transposition_cost_one=True, prefix=True
        )
        return tantivy.Query.boost_query(query, boost)

    def _term(self, field: str, value: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, value)

    def _add(self, **fields: str | int) -> None:
        self._write().add_document(tantivy.Document(**{name: [value] for name, value in fields.items()}))

    def _delete(self, field: str, value: str) -> None:
        self._write().delete_documents_by_term(field, value)

    def _write(self) -> tantivy.IndexWriter:
        """Open the writer on first use: a process that only searches needs none of its memory."""
        if self._writer is None:
            self._writer = self._index.writer(_HEAP_BYTES, 1)
        return self._writer


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    for name in ("key", "kind", "peer"):
        builder.add_text_field(name, stored=name == "peer", tokenizer_name="raw", index_option="basic")
    for name in ("name", "username", "body"):
        builder.add_text_field(name, tokenizer_name="words", index_option="freq")
    builder.add_integer_field("message", stored=True)
    builder.add_integer_field("weight", stored=True, fast=True)
    builder.add_integer_field("date", indexed=True, fast=True)
    return builder.build()


def _split_at_spaces() -> tantivy.TextAnalyzer:
    return tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()


def _peer_key(peer: Peer) -> str:
    return f"{peer.kind.value}:{peer.id}"


def _entity_key(peer: Peer) -> str:
    return f"entity:{_peer_key(peer)}"


def _post_key(channel: Peer, message_id: int) -> str:
    return f"post:{_peer_key(channel)}:{message_id}"


def _peer(key: str) -> Peer:
    kind, _, ident = key.partition(":")
    return Peer(PeerKind(kind), int(ident))
