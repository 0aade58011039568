"""What an entry of an address book may hold, and how people are named and shown to one viewer."""

from __future__ import annotations

from parley.messenger.accounts import rules as account_rules
from parley.messenger.accounts.model import Account, Status
from parley.messenger.contacts.model import Contact, Person
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
        BadRequest: NOTE_TOO_LONG.
    """
    if len(text) > _NOTE_LENGTH:
        raise BadRequest("NOTE_TOO_LONG")
    return text.strip()


def shown(
    account: Account, entry: Contact | None, phone: str | None, status: Status, mutual: bool, is_self: bool
) -> Person:
    """Put together what one viewer sees of an account."""
    named = entry is not None and not account.deleted and not is_self
    return Person(
        account=account,
        first_name=entry.first_name if named and entry else account.first_name,
        last_name=entry.last_name if named and entry else account.last_name,
        phone=phone,
        status=status,
        is_self=is_self,
        contact=entry is not None,
        mutual=entry is not None and mutual,
    )
