"""Pure decisions about names, roles, sessions and links of staff."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from parley.staff.errors import NameInvalid, RoleInvalid
from parley.staff.model import Role

ENROLMENT_LIFE = timedelta(days=3)
CEREMONY_LIFE = timedelta(minutes=10)
SESSION_IDLE = timedelta(minutes=30)
SESSION_LIFE = timedelta(hours=12)
#: A session's "last seen" is written at most this often, so that reading a page costs no write.
SEEN_STEP = timedelta(minutes=1)

_LONGEST_NAME = 64
_PSEUDONYM_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"
_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
_SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Mac OS X", "Linux")


def check_name(name: str) -> str:
    """Give `name` back when a person can be listed under it.

    Raises:
        NameInvalid: it is empty, too long, has control characters or space at its ends.
    """
    if not name or len(name) > _LONGEST_NAME or name != name.strip() or not name.isprintable():
        raise NameInvalid(f"a name has 1 to {_LONGEST_NAME} printable characters and no space at its ends")
    return name


def check_roles(roles: Iterable[str]) -> frozenset[Role]:
    """Turn words into roles.

    Raises:
        RoleInvalid: a word is no role, or there is none.
    """
    words = list(roles)
    known = {role.value for role in Role}
    unknown = sorted(set(words) - known)
    if unknown or not words:
        raise RoleInvalid(f"roles are {', '.join(sorted(known))}; at least one is needed")
    return frozenset(Role(word) for word in words)


def new_token() -> str:
    """Draw a token of 256 random bits for a link, a session or a ceremony."""
    return secrets.token_urlsafe(32)


def hash_of(token: str) -> bytes:
    """Give what the database keeps of a token: its SHA-256. The token has full entropy, so no salt is needed."""
    return hashlib.sha256(token.encode()).digest()


def new_pseudonym() -> str:
    """Draw the name under which users meet a member of staff; it tells nothing about the person."""
    return "Team member " + "".join(secrets.choice(_PSEUDONYM_LETTERS) for _ in range(5))


def agent_family(user_agent: str) -> str:
    """Reduce a User-Agent header to browser and system, to which a session is bound.

    Versions are left out on purpose: an update of the browser must not sign anybody out.
    """
    browser = next((name for name in _BROWSERS if f"{name}/" in user_agent), "other browser")
    system = next((name for name in _SYSTEMS if name in user_agent), "other system")
    return f"{browser} on {system}"


def session_ended(seen_at: datetime, expires_at: datetime, now: datetime) -> bool:
    """Tell whether a session is over: idle for 30 minutes, or 12 hours old."""
    return now >= expires_at or now - seen_at >= SESSION_IDLE
