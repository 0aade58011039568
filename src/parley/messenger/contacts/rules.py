"""What an entry of an address book may hold."""

from __future__ import annotations

from parley.messenger.accounts import rules as account_rules
from parley.messenger.errors import BadRequest

MOST_CONTACTS = 5000
MOST_PER_IMPORT = 500
_NOTE_LENGTH = 128


def entry_names(first_name: str, last_name: str) -> tuple[str, str]:
    """Check the names that an owner gives to a contact; a lone last name becomes the first.

    Raises:
        BadRequest: CONTACT_NAME_EMPTY, FIRSTNAME_INVALID, LASTNAME_INVALID.
    """
    first = account_rules.clean_name(first_name, "FIRSTNAME_INVALID")
    last = account_rules.clean_name(last_name, "LASTNAME_INVALID")
    if not first and not last:
        raise BadRequest("CONTACT_NAME_EMPTY")
    return (first, last) if first else (last, "")


def note(text: str) -> str:
    """Check the owner's note on a contact.

    Raises:
        BadRequest: INPUT_TEXT_TOO_LONG.
    """
    if len(text) > _NOTE_LENGTH:
        raise BadRequest("INPUT_TEXT_TOO_LONG")
    return text.strip()
