"""The links that a client makes lead a stranger's browser to a page of this server."""

from __future__ import annotations

from telethon.tl.functions.channels import CreateChannelRequest, ExportMessageLinkRequest, UpdateUsernameRequest
from telethon.tl.functions.help import GetConfigRequest
from telethon.tl.functions.messages import ExportChatInviteRequest

from tests.journeys.people import telethon_person
from tests.journeys.server_process import RunningServer

DAVE = "+4915550000004"


async def test_a_stranger_follows_the_links_of_a_channel(server: RunningServer) -> None:
    dave = await telethon_person.sign_up(server, DAVE, "Dave")
    [channel] = (await dave(CreateChannelRequest("Boat news", "All about boats", broadcast=True))).chats
    invitation = (await dave(ExportChatInviteRequest(channel))).link
    await dave(UpdateUsernameRequest(channel, "boat_news"))
    post = await dave.send_message(channel, "The regatta begins on Sunday")
    link = (await dave(ExportMessageLinkRequest(channel, post.id))).link
    prefix = (await dave(GetConfigRequest())).me_url_prefix
    await dave.disconnect()
    assert link == f"{prefix}boat_news/{post.id}"
    async with server.visitor(headers={"accept": "text/html"}) as stranger:
        shown = await stranger.get(link)
        assert shown.status_code == 200
        assert "Boat news" in shown.text
        assert "regatta" not in shown.text
        named = await stranger.get(f"{prefix}boat_news")
        assert "All about boats" in named.text
        invited = await stranger.get(invitation)
        assert invited.status_code == 200
        assert "Boat news" not in invited.text
