"""messages.report, reportSpam and account.reportPeer: the report button of every chat and message."""

from __future__ import annotations

from typing import Any

from parley.core.peers import Peer
from parley.rpc.context import Context
from parley.rpc.peers import resolve_peer
from parley.rpc.registry import method
from parley.tl import functions, types


@method("messages.report")
async def report(ctx: Context, request: functions.messages.Report) -> Any:
    """Walk one step through the report menu; the last one files the report."""
    peer = resolve_peer(ctx, request.peer)
    step = await ctx.services.reports.step(ctx.me, peer, request.id, request.option, request.message)
    if step.options:
        options = [types.MessageReportOption(text=text, option=option) for option, text in step.options]
        return types.ReportResultChooseOption(title=step.title, options=options)
    if step.comment is not None:
        return types.ReportResultAddComment(optional=step.comment_optional, option=step.comment)
    return types.ReportResultReported()


@method("messages.reportSpam")
async def report_spam(ctx: Context, request: functions.messages.ReportSpam) -> bool:
    """Report a stranger's chat as spam."""
    return await _whole(ctx, resolve_peer(ctx, request.peer), "spam", "")


@method("account.reportPeer")
async def report_peer(ctx: Context, request: functions.account.ReportPeer) -> bool:
    """Report a whole user or channel with one of Telegram's reasons."""
    reason = request.reason.TL_NAME.removeprefix("inputReportReason")
    return await _whole(ctx, resolve_peer(ctx, request.peer), reason[0].lower() + reason[1:], request.message)


async def _whole(ctx: Context, peer: Peer, reason: str, comment: str) -> bool:
    await ctx.services.reports.report_peer(ctx.me, peer, reason, comment)
    return True
