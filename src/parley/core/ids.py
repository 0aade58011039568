"""The ids of the product as distinct types, so that one kind of id cannot be passed for another.

An account's box has the account's id, a channel's box the negated id of the channel: one number names a box
everywhere, and the sign tells its kind.
"""

from __future__ import annotations

import secrets
from typing import NewType
from uuid import uuid4

AccountId = NewType("AccountId", int)
ChannelId = NewType("ChannelId", int)
BoxId = NewType("BoxId", int)
MessageId = NewType("MessageId", int)
AuthKeyId = NewType("AuthKeyId", int)
SessionId = NewType("SessionId", int)

StaffId = NewType("StaffId", str)
AuthorityId = NewType("AuthorityId", str)
OfficerId = NewType("OfficerId", str)
CustodianId = NewType("CustodianId", str)
OrderId = NewType("OrderId", str)
TaskId = NewType("TaskId", str)
DecisionId = NewType("DecisionId", str)
DisclosureId = NewType("DisclosureId", str)
CaseId = NewType("CaseId", str)
ReportId = NewType("ReportId", str)
StatementId = NewType("StatementId", str)
AppealId = NewType("AppealId", str)

#: New accounts and channels get a random id of ten digits. It fits every client (they reserve the range
#: above 997,852,516,352 for marked channel ids) and tells nothing about how many accounts there are.
_LOWEST_PUBLIC_ID = 1_000_000_000
_PUBLIC_IDS = 8_999_999_999


def new_public_id() -> int:
    """Draw a random id for an account or a channel; the caller retries when it is taken."""
    return _LOWEST_PUBLIC_ID + secrets.randbelow(_PUBLIC_IDS)


def new_id() -> str:
    """Draw a random id (UUID 4 as 32 hexadecimal digits) for a record of safety or legal."""
    return uuid4().hex


def box_of_account(account: AccountId) -> BoxId:
    """Name the box that holds an account's private messages and its own events."""
    return BoxId(account)


def box_of_channel(channel: ChannelId) -> BoxId:
    """Name the box that holds a channel's posts."""
    return BoxId(-channel)


def channel_of_box(box: BoxId) -> ChannelId | None:
    """Give the channel that owns a box, or None for an account's box."""
    return ChannelId(-box) if box < 0 else None


def account_of_box(box: BoxId) -> AccountId | None:
    """Give the account that owns a box, or None for a channel's box."""
    return AccountId(box) if box > 0 else None
