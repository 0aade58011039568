"""People on the wire, as one viewer sees them."""

from __future__ import annotations

from typing import Any

from parley.messenger.accounts.model import Status, StatusKind
from parley.messenger.contacts.model import Person
from parley.tl import types


def user(person: Person, access_hash: int) -> types.User:
    """Convert one account; `access_hash` is the one of the viewer that `person` was made for."""
    account = person.account
    if account.deleted:
        return types.User(id=account.account_id, access_hash=access_hash, deleted=True)
    return types.User(
        id=account.account_id,
        access_hash=access_hash,
        self_=person.is_self,
        contact=person.contact,
        mutual_contact=person.mutual,
        first_name=person.first_name,
        last_name=person.last_name or None,
        username=account.username,
        phone=person.phone,
        bot=account.is_bot,
        bot_info_version=1 if account.is_bot else None,
        verified=account.verified,
        support=account.support,
        status=None if account.is_bot else status(person.status),
    )


def status(value: Status) -> Any:
    """Convert a status as far as the viewer may know it."""
    moment = None if value.at is None else int(value.at.timestamp())
    if value.kind is StatusKind.ONLINE and moment is not None:
        return types.UserStatusOnline(expires=moment)
    if value.kind is StatusKind.OFFLINE and moment is not None:
        return types.UserStatusOffline(was_online=moment)
    if value.kind is StatusKind.EMPTY:
        return types.UserStatusEmpty()
    made = {"recently": types.UserStatusRecently, "last_week": types.UserStatusLastWeek}
    return made.get(value.kind.value, types.UserStatusLastMonth)()
