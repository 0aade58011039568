"""Channels on the wire, as a class of viewers sees them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from parley.messenger.channels.model import Channel, ChannelKind, Membership, Right, Role, Standing
from parley.tl import types


@dataclass(frozen=True, slots=True)
class ChannelView:
    """Everything in `channel` that depends on who looks."""

    access_hash: int
    membership: Membership | None = None

    @property
    def role(self) -> Role:
        """The viewer's place; nobody's row means that they are not a member."""
        return self.membership.role if self.membership else Role.LEFT


def channel(value: Channel, view: ChannelView) -> Any:
    """Convert one channel; one that is suspended, deleted or barred to the viewer is `channelForbidden`."""
    if value.deleted or value.standing is Standing.SUSPENDED or view.role is Role.BANNED:
        return types.ChannelForbidden(
            id=value.channel_id,
            access_hash=view.access_hash,
            title=value.title,
            broadcast=value.kind is ChannelKind.BROADCAST,
            megagroup=value.kind is ChannelKind.SUPERGROUP,
        )
    return types.Channel(
        id=value.channel_id,
        access_hash=view.access_hash,
        title=value.title,
        username=value.username,
        photo=types.ChatPhotoEmpty(),
        date=int((view.membership.joined_at if view.membership else value.created_at).timestamp()),
        creator=view.role is Role.CREATOR,
        left=view.role is Role.LEFT,
        broadcast=value.kind is ChannelKind.BROADCAST,
        megagroup=value.kind is ChannelKind.SUPERGROUP,
        signatures=value.signatures,
        participants_count=value.members,
        admin_rights=_admin_rights(view),
        default_banned_rights=None if value.kind is ChannelKind.BROADCAST else _default_banned_rights(value),
    )


def _admin_rights(view: ChannelView) -> Any:
    if view.role is Role.CREATOR:
        return types.ChatAdminRights(**{right.value: True for right in Right})
    if view.role is Role.ADMIN and view.membership is not None:
        return types.ChatAdminRights(**{right.value: True for right in view.membership.rights})
    return None


def _default_banned_rights(value: Channel) -> types.ChatBannedRights:
    made = types.ChatBannedRights(until_date=0)
    for restriction in value.default_restrictions:
        setattr(made, restriction.value, True)
    return made
