"""What makes a phone number, a name or a username valid, and who may see what of whom.

Limits are Telegram's (core.telegram.org/method/account.updateProfile, /api/config), so that clients
find the refusals that they know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from parley.core.ids import AccountId
from parley.messenger.accounts.model import (
    Account,
    Presence,
    PrivacyRule,
    PrivacyRuleKind,
    PrivacySubject,
    Status,
    StatusKind,
)
from parley.messenger.errors import BadRequest

CODE_DIGITS = 5
CODE_LIFETIME = timedelta(minutes=5)
CODE_ATTEMPTS = 5
CODE_RESENDS = 3
#: Codes to one number within one window; what is beyond has to wait for the window's end.
CODE_WINDOW = timedelta(hours=1)
CODES_PER_WINDOW = 20
RESEND_AFTER_S = 60

NAME_LENGTH = 64
ABOUT_LENGTH = 70
ONLINE_FOR = timedelta(minutes=5)

_SEPARATORS = re.compile(r"[\s()\-.]+")
_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_USERNAME = re.compile(r"[A-Za-z](?:_?[A-Za-z0-9])+")
#: Names that would let somebody speak for the server, its operator or its services.
_RESERVED = frozenset(
    (
        *("abuse", "admin", "administrator", "authority", "botfather", "contact", "desk", "legal", "moderation"),
        *("moderator", "notice", "official", "operator", "parley", "parleyteam", "police", "policy"),
        *("postmaster", "privacy", "searchreport", "security", "service", "staff", "support", "system"),
        *("telegram", "terms", "transparency", "webmaster"),
        *(
            "apiws",
            "appeal",
            "healthz",
            "metrics",
            "report",
            "static",
        ),  # pages of the server, which a link would not pass
    )
)


def normalise_phone(text: str) -> str:
    """Give the digits of an international number (ITU E.164: at most 15), without the plus.

    Raises:
        BadRequest: PHONE_NUMBER_INVALID.
    """
    digits = _SEPARATORS.sub("", text).removeprefix("+").removeprefix("00")
    if not _PHONE.fullmatch(digits):
        raise BadRequest("PHONE_NUMBER_INVALID")
    return digits


def clean_name(text: str, refusal: str) -> str:
    """Tidy a name's white space and control characters and check its length.

    Raises:
        BadRequest: `refusal`, when nothing is too much.
    """
    name = " ".join("".join(c if c.isprintable() else " " for c in text).split())
    if len(name) > NAME_LENGTH:
        raise BadRequest(refusal)
    return name


def first_name(text: str) -> str:
    """Check a first name, which everybody has.

    Raises:
        BadRequest: FIRSTNAME_INVALID.
    """
    name = clean_name(text, "FIRSTNAME_INVALID")
    if not name:
        raise BadRequest("FIRSTNAME_INVALID")
    return name


def last_name(text: str) -> str:
    """Check a last name, which may be empty.

    Raises:
        BadRequest: LASTNAME_INVALID.
    """
    return clean_name(text, "LASTNAME_INVALID")


def about(text: str) -> str:
    """Check a person's few words about themselves.

    Raises:
        BadRequest: ABOUT_TOO_LONG.
    """
    if len(text) > ABOUT_LENGTH:
        raise BadRequest("ABOUT_TOO_LONG")
    return text.strip()


def username(text: str, for_bot: bool = False) -> str:
    """Check the form of a username and give it without its `@`, spelt as its owner spells it.

    Raises:
        BadRequest: USERNAME_INVALID.
    """
    name = text.removeprefix("@")
    if not 5 <= len(name) <= 32 or not _USERNAME.fullmatch(name):
        raise BadRequest("USERNAME_INVALID")
    if not for_bot and (name.lower() in _RESERVED or name.lower().endswith("bot")):
        raise BadRequest("USERNAME_INVALID")
    return name


def fold_username(name: str) -> str:
    """Give the form under which a username is unique: capitals do not distinguish people."""
    return name.removeprefix("@").lower()


def name_matches(account: Account, query: str) -> bool:
    """Tell whether a word of somebody's name, or their username, starts with a query."""
    wanted = query.removeprefix("@").casefold().strip()
    words = f"{account.first_name} {account.last_name}".casefold()
    starts = [words, *words.split(), (account.username or "").casefold()]
    return any(start.startswith(wanted) for start in starts)


DEFAULT_PRIVACY: dict[PrivacySubject, tuple[PrivacyRule, ...]] = {
    PrivacySubject.PHONE_NUMBER: (PrivacyRule(PrivacyRuleKind.ALLOW_CONTACTS),),
}
_EVERYBODY = (PrivacyRule(PrivacyRuleKind.ALLOW_ALL),)


def default_privacy(subject: PrivacySubject) -> tuple[PrivacyRule, ...]:
    """Give the rules of somebody who has set none: numbers are for contacts, the rest for everybody."""
    return DEFAULT_PRIVACY.get(subject, _EVERYBODY)


def allows(rules: Iterable[PrivacyRule], viewer: AccountId, viewer_is_contact: bool) -> bool:
    """Decide whether `viewer` may see: named people first, then contacts, then everybody (/api/privacy)."""
    if rules is _EVERYBODY:
        return True
    by_kind = {rule.kind: rule.users for rule in rules}
    if viewer in by_kind.get(PrivacyRuleKind.DISALLOW_USERS, ()):
        return False
    if viewer in by_kind.get(PrivacyRuleKind.ALLOW_USERS, ()):
        return True
    if viewer_is_contact and PrivacyRuleKind.DISALLOW_CONTACTS in by_kind:
        return False
    if viewer_is_contact and PrivacyRuleKind.ALLOW_CONTACTS in by_kind:
        return True
    return PrivacyRuleKind.ALLOW_ALL in by_kind


def visible_status(presence: Presence | None, now: datetime, exact: bool) -> Status:
    """Say what a viewer sees of somebody's presence; without the right to the exact time, only roughly."""
    if presence is None:
        return Status(StatusKind.EMPTY)
    online = presence.online_until is not None and presence.online_until > now
    if exact:
        if online:
            return Status(StatusKind.ONLINE, presence.online_until)
        return Status(StatusKind.OFFLINE, presence.seen_at)
    return Status(_rough(timedelta() if online else now - presence.seen_at))


def _rough(away: timedelta) -> StatusKind:
    if away < timedelta(days=3):
        return StatusKind.RECENTLY
    if away < timedelta(days=7):
        return StatusKind.LAST_WEEK
    if away < timedelta(days=30):
        return StatusKind.LAST_MONTH
    return StatusKind.EMPTY


def wait_for_window(window_start: datetime, sends: int, now: datetime) -> int:
    """Give the seconds until another code may go to this number: 0 means now."""
    if now - window_start >= CODE_WINDOW or sends < CODES_PER_WINDOW:
        return 0
    return max(1, int((window_start + CODE_WINDOW - now).total_seconds()))
