"""What the server itself marks in a text: links, e-mail addresses, names, hashtags, cashtags and bots' commands.

Clients show these as something to press only where an entity says so, and count on the server to find them
(core.telegram.org/api/entities). A text is read once from left to right, in time that grows with its length alone.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from parley.messenger.messages.model import Entity
from parley.messenger.messages.rules import ENTITY_LIMIT, NAME, utf16_length

#: The commonest endings of hosts. Without `https://` or `www.` only these make a link: `letter.md` and `run.sh` are
#: files, and `user.email` is code.
_ENDINGS: Final = (
    "com|org|net|edu|gov|mil|int|info|biz|pro|dev|app|page|website|online|store|shop|blog|news|club|social|wiki|cloud"
    "|tech|digital|agency|xyz|top|berlin|hamburg|wien|london|paris|amsterdam|barcelona|cat|africa|asia|eu"
    "|io|ai|me|tv|co|cc|ly|gg|fm|to|im|uk|de|at|ch|fr|be|nl|lu|li|it|va|es|pt|ie|dk|se|no|fi|is|pl|cz|sk|hu|si|hr|ba"
    "|rs|mk|al|ro|bg|gr|cy|mt|ee|lv|lt|ua|by|ru|su|kz|ge|am|az|tr|il|ae|sa|qa|ir|iq|in|pk|bd|lk|np|cn|jp|kr|tw|hk|sg"
    "|my|th|vn|id|ph|au|nz|ca|us|mx|br|ar|cl|pe|uy|ec|ve|cr|pa|cu|za|ng|ke|gh|et|tz|ug|eg|ma|dz|tn"
    "|рф|укр|бел|срб|ελ|中国|中國|香港|台灣|한국"
)
#: What belongs to a hashtag beside letters and digits: signs that some scripts write on their letters.
_SIGNS: Final = "\u200c" + "".join(
    chr(point) for point in range(0x300, 0x3100) if unicodedata.category(chr(point)) in ("Mn", "Mc")
)
#: No group is possessive, here and in a path: with Debian's Python 3.11.2 it matches nothing. None has to be,
#: since what follows a host decides at its last dot.
_LABELS: Final = r"(?:\w[\w-]{0,62}+\.(?=\w))+"
_ENDS: Final = r"(?![\w@-]|[.:]\w)"
#: In one case only: a sentence that begins right after a full stop ("here.It is") is no host.
_KNOWN: Final = f"{_ENDINGS}|{_ENDINGS.upper()}"
_ANY: Final = r"[^\W\d_]{2,63}|xn--[\w-]{1,59}"
#: Quotes, brackets and signs that turn the direction of writing end a path; only brackets in pairs belong to it.
_STOPS: Final = r"\s()<>\"«»“”„「」『』《》【】（）。，、；：！？\u200e\u200f\u202a-\u202e\u2066-\u2069"
_PATH: Final = rf"(?:[/?#](?:[^{_STOPS}]++|\([^{_STOPS}]*+\))*)?"
_FINDS: Final = re.compile(
    r"(?=\b\w|[@#$/])(?:"
    rf"(?P<Email>(?<![\w.+%@/-])[A-Za-z0-9_][A-Za-z0-9_.+%-]{{0,63}}+@{_LABELS}(?:{_ANY}){_ENDS})"
    rf"|(?P<Url>(?:(?i:https?)://(?:localhost|\d{{1,3}}(?:\.\d{{1,3}}){{3}}|{_LABELS}(?:{_ANY}))"
    rf"|(?<![\w.@/#$-])(?:(?i:www)\.{_LABELS}(?:{_ANY})|{_LABELS}(?:{_KNOWN})))(?::\d{{1,5}})?{_ENDS}{_PATH})"
    rf"|(?P<Mention>{NAME})"
    rf"|(?P<Hashtag>(?<![\w#{_SIGNS}])#(?=[\d_]*[^\W\d_])[\w{_SIGNS}]{{1,256}}+(?![\w#{_SIGNS}]))"
    r"|(?P<Cashtag>(?<![\w$])\$[A-Z]{1,8}(?![\w$]))"
    r"|(?P<BotCommand>(?<![\w/<>@.:~)-])/[A-Za-z0-9_]{1,64}+(?:@[A-Za-z][A-Za-z0-9_]{2,31}+)?(?![\w/<>]))"
    r")",
)
_MAY_HOLD_SOMETHING: Final = re.compile(r"\.\w|[@#$/]")
#: What a link at the end of a sentence is followed by; taken off the link.
_PUNCTUATION: Final = ".,:;!?'’]}…"
#: Forms that may lie around a link or within it. Everything else keeps a stretch of text to itself.
_FORMS: Final = frozenset({"Bold", "Italic", "Underline", "Strike", "Spoiler", "Blockquote"})


def marked(text: str, given: tuple[Entity, ...]) -> tuple[Entity, ...]:
    """The entities that a sender gave, and what the server finds beside them, in the order of the text.

    Of a text with more than a hundred places that look like one the first hundred are looked at, and no more is
    added than a message may have. Nothing is found in code, in a link with a text of its own, in what the sender
    marked as one of these already, or across an end of bold and the like.
    """
    if not _MAY_HOLD_SOMETHING.search(text):
        return given
    found = [entity for entity in islice(_found(text), ENTITY_LIMIT) if not _hindered(entity, given)]
    if not found:
        return given
    kept = found[: max(0, ENTITY_LIMIT - len(given))]
    return tuple(sorted((*given, *kept), key=lambda entity: (entity.offset, -entity.length)))


def _found(text: str) -> Iterator[Entity]:
    """All that looks like one of these, one after the other, counted in UTF-16."""
    read, units = 0, 0
    for match in _FINDS.finditer(text):
        kind = str(match.lastgroup)
        said = match[0].rstrip(_PUNCTUATION) if kind == "Url" else match[0]
        units += utf16_length(text[read : match.start()])
        length = utf16_length(said)
        yield Entity(kind, units, length)
        units += length
        read = match.start() + len(said)


def _hindered(found: Entity, given: Sequence[Entity]) -> bool:
    """Whether something that the sender gave leaves no room for what was found."""
    start, end = found.offset, found.offset + found.length
    for entity in given:
        first, last = entity.offset, entity.offset + entity.length
        apart = last <= start or end <= first
        within = (first <= start and end <= last) or (start <= first and last <= end)
        if not apart and not (within and entity.kind in _FORMS):
            return True
    return False
