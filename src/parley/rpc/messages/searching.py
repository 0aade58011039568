"""Search in one chat, in all of one's chats, and in public posts; pages follow each other without gap or repeat.

A page of many chats names the second of its last message (`next_rate`); the client gives it back with the chat and
the id of that message (core.telegram.org/method/messages.searchGlobal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from parley.core.ids import BoxId, ChannelId
from parley.messenger.channels import rules as channel_rules
from parley.messenger.channels.model import ChannelKind
from parley.messenger.errors import BadRequest
from parley.messenger.messages.model import Found, Message, Page, Place, Query, place_of
from parley.messenger.messages.rules import IDS_LIMIT
from parley.messenger.search.errors import QueryEmpty
from parley.messenger.search.model import PostHit
from parley.messenger.search.rules import words
from parley.messenger.search.service import posts_by_channel
from parley.rpc.context import Context
from parley.rpc.convert import updates as convert_updates
from parley.rpc.messages.reading import answer, page_of, shown
from parley.rpc.peers import objects, resolve_peer, resolve_user
from parley.rpc.registry import method
from parley.tl import functions, types

_MOST = 100
#: Public posts that are read for one page at most: some of those that the index knows are gone by now.
_READ = 8 * _MOST
_BEFORE_ALL = BoxId(-(2**63))
#: Filters for what this server does not store, so that nothing can fit them.
_NEVER = frozenset(
    "inputMessagesFilter" + kind
    for kind in (
        "PhotoVideo", "Photos", "Video", "Document", "Gif", "Voice", "Music", "ChatPhotos", "RoundVideo",
        "RoundVoice", "Geo", "Contacts", "PhoneCalls", "Poll",
    )
)  # fmt: skip
_FILTERS = {
    "inputMessagesFilterEmpty": Query(),
    "inputMessagesFilterPinned": Query(pinned=True),
    "inputMessagesFilterUrl": Query(links=True),
}


@method("messages.search")
async def search(ctx: Context, request: functions.messages.Search) -> Any:
    """Search in one chat, or, with an empty peer, in all chats of the caller."""
    wanted = _wanted(request.filter)
    peer = None if isinstance(request.peer, types.InputPeerEmpty) else resolve_peer(ctx, request.peer)
    if wanted is None:
        return await answer(ctx, (), 0, peer)
    author = None if request.from_id is None else resolve_user(ctx, request.from_id)
    query = _query(wanted, request, author=author)
    if peer is None:
        return await _all_chats(ctx, request, query)
    found = await ctx.services.messages.reading.search(ctx.me, peer, query, page_of(request))
    return await answer(ctx, found.messages, found.count, peer)


@method("messages.searchGlobal")
async def search_global(ctx: Context, request: functions.messages.SearchGlobal) -> Any:
    """Search in all private chats and channels of the caller, and in public posts that are listed."""
    wanted = _wanted(request.filter)
    if wanted is None or request.folder_id not in (None, 0):
        return await answer(ctx, (), 0, None)
    query, after, limit = _query(wanted, request), _after(ctx, request), _limit(request.limit)
    own = await ctx.services.messages.reading.search_everywhere(
        ctx.me, query, after, limit,
        private=not (request.broadcasts_only or request.groups_only),
        channels=[] if request.users_only else await _open_channels(ctx, _kind(request)),
    )  # fmt: skip
    public = Found((), more=False)
    if wanted == Query() and words(query.text) and not (request.users_only or request.groups_only):
        public = await _public_posts(ctx, query, after, limit)
    return await _page(ctx, _merged(own, public, limit))


@method("channels.searchPosts")
async def search_posts(ctx: Context, request: functions.channels.SearchPosts) -> Any:
    """Search public posts by words or by a hashtag."""
    query = Query(request.query or request.hashtag or "")
    return await _page(ctx, await _public_posts(ctx, query, _after(ctx, request), _limit(request.limit)))


@method("messages.getSearchCounters")
async def get_search_counters(ctx: Context, request: functions.messages.GetSearchCounters) -> list[Any]:
    """How many messages of a chat fit each filter."""
    peer = resolve_peer(ctx, request.peer)
    counters = []
    for filter_ in request.filters[:20]:
        wanted, count = _wanted(filter_), 0
        if wanted is not None:
            count = (await ctx.services.messages.reading.search(ctx.me, peer, wanted, Page(limit=0))).count
        counters.append(types.messages.SearchCounter(filter=filter_, count=count))
    return counters


def _wanted(filter_: Any) -> Query | None:
    """Read a filter; None when nothing on this server can fit it.

    Raises:
        BadRequest: INPUT_FILTER_INVALID, for one that is not answered here (mentions of oneself).
    """
    if filter_.TL_NAME in _NEVER:
        return None
    if filter_.TL_NAME not in _FILTERS:
        raise BadRequest("INPUT_FILTER_INVALID")
    return _FILTERS[filter_.TL_NAME]


def _query(wanted: Query, request: Any, *, author: Any = None) -> Query:
    if wanted == Query() and not request.q.split() and author is None:
        raise QueryEmpty
    return replace(wanted, text=request.q, author=author, since=request.min_date, until=request.max_date)


async def _all_chats(ctx: Context, request: functions.messages.Search, query: Query) -> Any:
    """An empty peer means all chats; a page goes on by `add_offset`, or after the message that ended the last."""
    if request.max_id or request.min_id:
        raise BadRequest("OFFSET_INVALID")
    channels = await _open_channels(ctx, None)
    after = await _ended_at(ctx, query, request.offset_id, channels) if request.offset_id else None
    skipped, limit = max(0, min(request.add_offset, 10 * _MOST)), _limit(request.limit)
    found = await ctx.services.messages.reading.search_everywhere(
        ctx.me, query, after, skipped + limit, private=True, channels=channels
    )
    return await _page(ctx, Found(found.messages[skipped:], found.more))


async def _ended_at(ctx: Context, query: Query, ident: int, channels: Sequence[ChannelId]) -> Place:
    """Find the message by its id alone; when several chats have one that fits, nobody can tell which was meant."""
    one = replace(query, message_id=ident)
    found = await ctx.services.messages.reading.search_everywhere(
        ctx.me, one, None, 2, private=True, channels=channels
    )
    if len(found.messages) != 1:
        raise BadRequest("OFFSET_INVALID")
    return place_of(found.messages[0])


def _after(ctx: Context, request: Any) -> Place | None:
    """Where the page before ended; a rate alone means everything before that second."""
    if isinstance(request.offset_peer, types.InputPeerEmpty) or not request.offset_id:
        return Place(request.offset_rate, _BEFORE_ALL, 0) if request.offset_rate else None
    return Place(request.offset_rate, resolve_peer(ctx, request.offset_peer).box, request.offset_id)


def _kind(request: functions.messages.SearchGlobal) -> ChannelKind | None:
    if request.broadcasts_only:
        return ChannelKind.BROADCAST
    return ChannelKind.SUPERGROUP if request.groups_only else None


async def _open_channels(ctx: Context, kind: ChannelKind | None) -> list[ChannelId]:
    """The caller's channels of a kind (None: of all kinds) that are open to them now."""
    directory = ctx.services.directory
    mine = await directory.get_many(await directory.of_account(ctx.me))
    places = await directory.memberships(ctx.me, list(mine))
    return [
        ident
        for ident, channel in mine.items()
        if kind in (None, channel.kind) and channel_rules.can_view(channel, places.get(ident))
    ]


async def _public_posts(ctx: Context, query: Query, after: Place | None, limit: int) -> Found:
    """Listed public posts; those that were removed or closed meanwhile are left out."""
    before, read = query.until, limit
    if after is not None:  # its whole second is read again, so at least the post that ended the last page
        before, read = after.date + 1, limit + 1
    while True:
        hits = await ctx.services.search.posts(query.text, before, read)
        fitting = [post for post in await _posts(ctx, hits.posts) if _fits(post, query, after)]
        if len(fitting) >= limit or not hits.more or read >= _READ:
            fitting.sort(key=place_of, reverse=True)
            return Found(tuple(fitting[:limit]), hits.more or len(fitting) > limit)
        read = min(2 * read, _READ)


async def _posts(ctx: Context, hits: Sequence[PostHit]) -> list[Message]:
    by_channel = {ChannelId(peer.id): ids for peer, ids in posts_by_channel(hits).items()}
    channels = await ctx.services.directory.get_many(by_channel)
    places = await ctx.services.directory.memberships(ctx.me, list(channels))
    found: list[Message] = []
    for ident, channel in channels.items():
        if channel_rules.can_view(channel, places.get(ident)):
            for start in range(0, len(by_channel[ident]), IDS_LIMIT):
                ids = by_channel[ident][start : start + IDS_LIMIT]
                found += await ctx.services.messages.reading.posts(ctx.me, ident, ids)
    return found


def _fits(post: Message, query: Query, after: Place | None) -> bool:
    place = place_of(post)
    if after is not None and place >= after:
        return False
    return place.date > query.since and (not query.until or place.date < query.until)


def _merged(own: Found, public: Found, limit: int) -> Found:
    """Both in one order; a post of one's own channel that is public too is there once.

    What lies beyond the end of a source that has more waits for the next page, which would pass by it otherwise.
    """
    together = {(m.box_id, m.id): m for m in (*own.messages, *public.messages)}
    ends = [place_of(source.messages[-1]) for source in (own, public) if source.more and source.messages]
    known = [m for m in together.values() if all(place_of(m) >= end for end in ends)]
    ordered = sorted(known, key=place_of, reverse=True)
    return Found(tuple(ordered[:limit]), bool(ends) or len(ordered) > limit)


async def _page(ctx: Context, found: Found) -> Any:
    """Answer with everything that fits, or with a slice and where it ends."""
    if not found.more or not found.messages:
        return await answer(ctx, found.messages, len(found.messages), None)
    named = await objects(ctx, convert_updates.all_mentioned(found.messages))
    return types.messages.MessagesSlice(
        inexact=True,
        count=len(found.messages) + 1,
        next_rate=place_of(found.messages[-1]).date,
        messages=await shown(ctx, found.messages),
        topics=[],
        chats=named.chats,
        users=named.users,
    )


def _limit(limit: int) -> int:
    return max(1, min(limit, _MOST))
