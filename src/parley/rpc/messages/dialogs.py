"""messages.getDialogs, getPeerDialogs, pinned dialogs, drafts, unread marks, peer settings."""

from __future__ import annotations

from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer, PeerKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages.dialogs import DialogPage
from parley.rpc import answers
from parley.rpc.context import Context
from parley.rpc.convert import dialogs as convert_dialogs
from parley.rpc.convert import entities as convert_entities
from parley.rpc.convert import updates as convert_updates
from parley.rpc.convert.peers import peer as wire_peer
from parley.rpc.messages.reading import shown
from parley.rpc.messages.sending import reply_to
from parley.rpc.peers import objects, resolve_peer
from parley.rpc.registry import method
from parley.rpc.users.people import peer_settings
from parley.tl import functions, types


@method("messages.getDialogs")
async def get_dialogs(ctx: Context, request: functions.messages.GetDialogs) -> Any:
    """Give a page of the caller's chats. There is one folder; the archive is empty."""
    if request.folder_id not in (None, 0):
        return types.messages.Dialogs(dialogs=[], messages=[], chats=[], users=[])
    offset = request.offset_peer
    page = await ctx.services.messages.dialogs.page(
        ctx.me,
        limit=request.limit,
        offset_date=request.offset_date,
        offset_id=request.offset_id,
        offset_peer=None if isinstance(offset, types.InputPeerEmpty) else resolve_peer(ctx, offset),
        exclude_pinned=request.exclude_pinned,
    )
    parts = await _parts(ctx, page)
    if page.count > len(page.dialogs):
        return types.messages.DialogsSlice(count=page.count, **parts)
    return types.messages.Dialogs(**parts)


@method("messages.getPeerDialogs")
async def get_peer_dialogs(ctx: Context, request: functions.messages.GetPeerDialogs) -> Any:
    """Give the chats with named peers."""
    peers = [_dialog_peer(ctx, item) for item in request.peers[:100]]
    return await _peer_dialogs(ctx, await ctx.services.messages.dialogs.of_peers(ctx.me, peers))


@method("messages.getPinnedDialogs")
async def get_pinned_dialogs(ctx: Context, request: functions.messages.GetPinnedDialogs) -> Any:
    """Give the pinned chats."""
    if request.folder_id != 0:
        return await _peer_dialogs(ctx, DialogPage((), (), 0))
    return await _peer_dialogs(ctx, await ctx.services.messages.dialogs.pinned(ctx.me))


@method("messages.toggleDialogPin")
async def toggle_dialog_pin(ctx: Context, request: functions.messages.ToggleDialogPin) -> bool:
    """Pin a chat on top of the list, or unpin it."""
    peer = _dialog_peer(ctx, request.peer)
    await ctx.services.messages.dialogs.pin(ctx.me, peer, pinned=request.pinned, origin=ctx.session)
    return True


@method("messages.reorderPinnedDialogs")
async def reorder_pinned_dialogs(ctx: Context, request: functions.messages.ReorderPinnedDialogs) -> bool:
    """Pin exactly these chats in this order."""
    peers = [_dialog_peer(ctx, item) for item in request.order]
    await ctx.services.messages.dialogs.order_pinned(ctx.me, peers, origin=ctx.session)
    return True


@method("messages.markDialogUnread")
async def mark_dialog_unread(ctx: Context, request: functions.messages.MarkDialogUnread) -> bool:
    """Set or remove the unread mark of a chat."""
    peer = _dialog_peer(ctx, request.peer)
    await ctx.services.messages.dialogs.mark_unread(ctx.me, peer, unread=request.unread, origin=ctx.session)
    return True


@method("messages.getDialogUnreadMarks")
async def get_dialog_unread_marks(ctx: Context, request: functions.messages.GetDialogUnreadMarks) -> list[Any]:
    """Give the chats with an unread mark."""
    marked = await ctx.services.messages.dialogs.marked_unread(ctx.me)
    return [types.DialogPeer(peer=wire_peer(peer)) for peer in marked]


@method("messages.saveDraft")
async def save_draft(ctx: Context, request: functions.messages.SaveDraft) -> bool:
    """Keep a draft; an empty text that answers nothing drops it."""
    await ctx.services.messages.dialogs.save_draft(
        ctx.me,
        resolve_peer(ctx, request.peer),
        request.message,
        convert_entities.from_wire(request.entities, request.message),
        reply_to=reply_to(request.reply_to),
        no_webpage=request.no_webpage,
        origin=ctx.session,
    )
    return True


@method("messages.getAllDrafts")
async def get_all_drafts(ctx: Context, request: functions.messages.GetAllDrafts) -> Any:
    """Give every draft as an update."""
    drafts = await ctx.services.messages.dialogs.drafts(ctx.me)
    told = [types.UpdateDraftMessage(peer=wire_peer(d.peer), draft=convert_dialogs.draft(d.draft)) for d in drafts]
    return await answers.updates(ctx, told, [d.peer for d in drafts])


@method("messages.clearAllDrafts")
async def clear_all_drafts(ctx: Context, request: functions.messages.ClearAllDrafts) -> bool:
    """Drop every draft."""
    for dialog in await ctx.services.messages.dialogs.drafts(ctx.me):
        await ctx.services.messages.dialogs.save_draft(ctx.me, dialog.peer, "", origin=ctx.session)
    return True


@method("messages.getPeerSettings")
async def get_peer_settings(ctx: Context, request: functions.messages.GetPeerSettings) -> Any:
    """Say which buttons stand above a chat: a stranger's chat offers to report, block and add."""
    peer = resolve_peer(ctx, request.peer)
    named = await objects(ctx, {peer})
    person = peer.kind is PeerKind.USER
    settings = await peer_settings(ctx, AccountId(peer.id)) if person else types.PeerSettings()
    return types.messages.PeerSettings(settings=settings, chats=named.chats, users=named.users)


@method("messages.hidePeerSettingsBar")
async def hide_peer_settings_bar(ctx: Context, request: functions.messages.HidePeerSettingsBar) -> bool:
    """Put the buttons above a chat away, on every device."""
    await ctx.services.messages.dialogs.hide_bar(ctx.me, resolve_peer(ctx, request.peer), origin=ctx.session)
    return True


@method("messages.getDialogFilters")
async def get_dialog_filters(ctx: Context, request: functions.messages.GetDialogFilters) -> Any:
    """There are no folders but the one with all chats."""
    return types.messages.DialogFilters(filters=[types.DialogFilterDefault()])


def _dialog_peer(ctx: Context, item: Any) -> Peer:
    if not isinstance(item, types.InputDialogPeer):
        raise BadRequest("PEER_ID_INVALID")
    return resolve_peer(ctx, item.peer)


async def _peer_dialogs(ctx: Context, page: DialogPage) -> Any:
    state = await ctx.services.updates.state(ctx.me)
    return types.messages.PeerDialogs(
        **await _parts(ctx, page),
        state=types.updates.State(
            pts=state.pts,
            qts=state.qts,
            date=int(state.date.timestamp()),
            seq=state.seq,
            unread_count=state.unread,
        ),
    )


async def _parts(ctx: Context, page: DialogPage) -> dict[str, Any]:
    peers = {dialog.peer for dialog in page.dialogs}
    named = await objects(ctx, peers | convert_updates.all_mentioned(page.messages))
    settings = await ctx.services.preferences.all_notify_settings(ctx.me)
    return {
        "dialogs": [convert_dialogs.dialog(dialog, settings) for dialog in page.dialogs],
        "messages": await shown(ctx, page.messages),
        "chats": named.chats,
        "users": named.users,
    }
