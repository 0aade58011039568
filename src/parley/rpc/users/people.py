"""People: short and in full, as the caller sees them."""

from __future__ import annotations

from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.accounts.model import PrivacySubject
from parley.messenger.accounts.preferences import scope_of
from parley.messenger.contacts.model import Person
from parley.messenger.errors import BadRequest
from parley.rpc.context import Context
from parley.rpc.convert import settings as convert_settings
from parley.rpc.peers import resolve_user, users
from parley.rpc.registry import method
from parley.tl import functions, types


@method("users.getUsers")
async def get_users(ctx: Context, request: functions.users.GetUsers) -> list[Any]:
    """Give people in the order asked for; one whom the caller was never shown is left out."""
    wanted = [found for found in (_known(ctx, given) for given in request.id) if found is not None]
    shown = {user.id: user for user in await users(ctx, set(wanted))}
    return [shown[ident] for ident in wanted if ident in shown]


@method("users.getFullUser")
async def get_full_user(ctx: Context, request: functions.users.GetFullUser) -> types.users.UserFull:
    """Give everything that the caller may know of a person."""
    ident = resolve_user(ctx, request.id)
    person = await ctx.services.people.one(ctx.me, ident)
    if person is None:
        raise BadRequest("USER_ID_INVALID")
    return types.users.UserFull(
        full_user=await _full(ctx, ident, person), chats=[], users=await users(ctx, {ident, ctx.me})
    )


@method("users.getRequirementsToContact")
async def get_requirements_to_contact(ctx: Context, request: functions.users.GetRequirementsToContact) -> list[Any]:
    """Say what each person asks of strangers who write to them: nothing, on this server."""
    for given in request.id:
        resolve_user(ctx, given)
    return [types.RequirementToContactEmpty() for _ in request.id]


@method("users.getSavedMusic")
async def get_saved_music(ctx: Context, request: functions.users.GetSavedMusic) -> types.users.SavedMusic:
    """List the music of a profile: profiles here carry none."""
    resolve_user(ctx, request.id)
    return types.users.SavedMusic(count=0, documents=[])


async def peer_settings(ctx: Context, ident: AccountId) -> types.PeerSettings:
    """Say what a client offers above the chat with a person: to add, to block, to report a stranger."""
    if ident == ctx.me:
        return types.PeerSettings()
    person = await ctx.services.people.one(ctx.me, ident)
    stranger = person is not None and not person.contact and not person.account.support
    if not stranger or person is None or person.account.is_bot or person.account.deleted:
        return types.PeerSettings()
    if await ctx.services.messages.dialogs.bar_hidden(ctx.me, Peer.user(ident)):
        return types.PeerSettings()
    blocked = await ctx.services.blocks.is_blocked(ctx.me, ident)
    return types.PeerSettings(report_spam=True, add_contact=True, block_contact=not blocked)


def _known(ctx: Context, given: Any) -> AccountId | None:
    try:
        return resolve_user(ctx, given)
    except BadRequest:
        return None


async def _full(ctx: Context, ident: AccountId, person: Person) -> types.UserFull:
    services, me, account = ctx.services, ctx.me, person.account
    shows_about = account.is_bot or await services.privacy.may_see(me, ident, PrivacySubject.ABOUT)
    notify = await services.preferences.notify_settings(me, scope_of(Peer.user(ident)))
    entry = (await services.books.of(me)).get(ident)
    return types.UserFull(
        id=ident,
        blocked=await services.blocks.is_blocked(me, ident),
        can_pin_message=True,
        about=(account.about or None) if shows_about else None,
        settings=await peer_settings(ctx, ident),
        notify_settings=convert_settings.notify_settings(notify),
        bot_info=types.BotInfo(user_id=ident, description=account.about) if account.is_bot else None,
        common_chats_count=await _common(ctx, ident),
        note=types.TextWithEntities(text=entry.note, entities=[]) if entry and entry.note else None,
    )


async def _common(ctx: Context, ident: AccountId) -> int:
    """Count the supergroups that both belong to; of channels nobody learns who else reads them."""
    if ident == ctx.me:
        return 0
    directory = ctx.services.directory
    both = set(await directory.of_account(ctx.me)) & set(await directory.of_account(ident))
    found = await directory.get_many(both)
    return sum(channel.kind.value == "supergroup" for channel in found.values())
