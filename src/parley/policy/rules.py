"""Pure decisions: which version holds when, whether an account has to be asked, and Markdown as plain text."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime

from markdown_it import MarkdownIt
from markdown_it.token import Token

from parley.policy.errors import DocumentBroken, DocumentNotFound
from parley.policy.model import Document, Kind, PlainText, Span

_FENCE = "+++\n"
#: Documents that an account accepts before it goes on.
TO_ACCEPT = (Kind.TERMS,)


def read_document(kind: Kind, source: str, name: str) -> Document:
    """Read a version from its file: a TOML head between `+++` lines, then Markdown.

    Raises:
        DocumentBroken: the head is missing or lacks `version`, `effective` or `title`.
    """
    opening, _, rest = source.partition(_FENCE)
    head, fence, text = rest.partition(_FENCE)
    if opening or not fence:
        raise DocumentBroken(f"{name}: a document begins with a head between +++ lines")
    try:
        facts = tomllib.loads(head)
        version, effective, title = str(facts["version"]), facts["effective"], str(facts["title"])
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise DocumentBroken(f"{name}: the head needs version, effective and title") from error
    if not isinstance(effective, date) or isinstance(effective, datetime):
        raise DocumentBroken(f"{name}: effective is a date such as 2026-11-01")
    digest = hashlib.sha256(source.encode()).hexdigest()
    return Document(kind, version, effective, title, str(facts.get("changes", "")), text.strip() + "\n", digest)


def in_order(documents: Iterable[Document]) -> tuple[Document, ...]:
    """Put versions of one document in order, newest first.

    Raises:
        DocumentBroken: two of them claim the same version.
    """
    ordered = sorted(documents, key=lambda d: (d.effective, d.version), reverse=True)
    if len({d.version for d in ordered}) != len(ordered):
        raise DocumentBroken(f"two files of {ordered[0].kind} claim the same version")
    return tuple(ordered)


def holding_at(versions: Sequence[Document], day: date) -> Document:
    """Give the version that held on a day; `versions` are newest first.

    Raises:
        DocumentNotFound: none held yet.
    """
    for document in versions:
        if document.effective <= day:
            return document
    raise DocumentNotFound("no version of this document held on that day")


def must_accept(current: Document, accepted: Collection[tuple[Kind, str]]) -> bool:
    """Tell whether an account has to be asked about the current version."""
    return current.kind in TO_ACCEPT and (current.kind, current.version) not in accepted


def markdown() -> MarkdownIt:
    """Give the renderer for documents: CommonMark with tables, and no HTML of the author's own."""
    return MarkdownIt("commonmark", {"html": False, "typographer": False}).enable("table")


def plain(text: str) -> PlainText:
    """Turn Markdown into plain text with marks, for clients."""
    writer = _Writer()
    for token in markdown().parse(text):
        writer.block(token)
    return writer.result()


class _Writer:
    """Collects the text and its marks while walking the tokens."""

    _MARKS = ("strong", "em", "link")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._open: list[tuple[int, str, str]] = []
        self._spans: list[Span] = []

    def block(self, token: Token) -> None:
        """Take a block: paragraphs are set apart, headings are bold, items get a bullet."""
        if token.type in ("heading_open", "paragraph_open") and not self._at_item():
            self._gap()
        if token.type == "heading_open":
            self._begin("bold")
        elif token.type == "heading_close":
            self._end()
        elif token.type == "list_item_open":
            self._write("\n• " if self._parts and self._parts[-1] != "\n" else "• ")
        elif token.type in ("td_open", "th_open"):
            self._write(" ")
        elif token.type == "tr_open":
            self._write("\n")
        elif token.type == "inline":
            for child in token.children or ():
                self._inline(child)

    def _inline(self, token: Token) -> None:
        if token.type == "text":
            self._write(token.content)
        elif token.type == "code_inline":
            self._begin("code")
            self._write(token.content)
            self._end()
        elif token.type in ("softbreak", "hardbreak"):
            self._write(" ")
        elif token.type.endswith("_open"):
            mark = {"strong_open": "bold", "em_open": "italic", "link_open": "link"}[token.type]
            self._begin(mark, str(token.attrs.get("href", "")))
        elif token.type.endswith("_close"):
            self._end()

    def _at_item(self) -> bool:
        return bool(self._parts) and self._parts[-1].endswith("• ")

    def _gap(self) -> None:
        if self._parts:
            self._write("\n\n")

    def _write(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)

    def _begin(self, mark: str, url: str = "") -> None:
        self._open.append((self._length, mark, url))

    def _end(self) -> None:
        start, mark, url = self._open.pop()
        if self._length > start:
            self._spans.append(Span(start, self._length - start, mark, url))

    def result(self) -> PlainText:
        """Give what was collected."""
        return PlainText("".join(self._parts), tuple(sorted(self._spans, key=lambda s: (s.start, -s.length))))
