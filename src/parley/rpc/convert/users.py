"""People on the wire, as one viewer may see them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from parley.messenger.accounts.model import Account, StatusKind
from parley.tl import types


@dataclass(frozen=True, slots=True)
class UserView:
    """What stands between a viewer and a person: everything in `user` that depends on who looks.

    `phone` is set only when the person's privacy rules show it to this viewer; `first_name` and `last_name`
    override the person's own when the viewer saved other names.
    """

    access_hash: int
    is_self: bool = False
    contact: bool = False
    mutual: bool = False
    phone: str | None = None
    status: StatusKind | None = None
    status_at: datetime | None = None
    first_name: str | None = None
    last_name: str | None = None


def user(account: Account, view: UserView) -> types.User:
    """Convert one account."""
    if account.deleted:
        return types.User(id=account.account_id, access_hash=view.access_hash, deleted=True)
    first = account.first_name if view.first_name is None else view.first_name
    last = account.last_name if view.last_name is None else view.last_name
    return types.User(
        id=account.account_id,
        access_hash=view.access_hash,
        self_=view.is_self,
        contact=view.contact,
        mutual_contact=view.mutual,
        first_name=first,
        last_name=last or None,
        username=account.username,
        phone=view.phone,
        bot=account.is_bot,
        bot_info_version=1 if account.is_bot else None,
        verified=account.verified,
        support=account.support,
        status=None if account.is_bot else status(view.status, view.status_at),
    )


def status(kind: StatusKind | None, moment: datetime | None) -> Any:
    """Convert a status; None is shown as no status at all."""
    if kind is StatusKind.ONLINE and moment is not None:
        return types.UserStatusOnline(expires=int(moment.timestamp()))
    if kind is StatusKind.OFFLINE and moment is not None:
        return types.UserStatusOffline(was_online=int(moment.timestamp()))
    if kind is StatusKind.RECENTLY:
        return types.UserStatusRecently()
    return types.UserStatusEmpty()
