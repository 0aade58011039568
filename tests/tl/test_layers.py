"""One model, six layers: each client gets answers in its own, and is understood in its own."""

from __future__ import annotations

import struct

import pytest

from parley.tl import functions, layers, types
from parley.tl.base import TlObject
from parley.tl.definitions import canonical, layer
from parley.tl.errors import NotInLayer, UnknownConstructor


def message(**fields: object) -> types.Message:
    plain = types.Message(id=1, peer_id=types.PeerChannel(channel_id=3), date=5, message="text")
    return plain.replaced(**fields)


def updates(*some: types.TypeUpdate) -> types.Updates:
    return types.Updates(updates=list(some), users=[types.User(id=1)], chats=[], date=1, seq=0)


@pytest.mark.parametrize(
    ("asked", "spoken"), [(229, 229), (230, 229), (10_000, 229), (228, 228), (226, 224), (222, 221), (150, 221)]
)
def test_a_client_of_any_layer_gets_the_nearest_one(asked: int, spoken: int) -> None:
    assert layers.get(asked).layer == spoken


@pytest.mark.parametrize("number", layers.SUPPORTED)
def test_a_message_is_understood_in_every_layer(number: int) -> None:
    codec = layers.get(number)
    data = codec.encode(message())
    assert struct.unpack_from("<I", data)[0] == layer(number).types["message"].id
    assert codec.decode(data) == message()


@pytest.mark.parametrize("number", layers.SUPPORTED)
def test_a_call_of_every_layer_becomes_the_same_object(number: int) -> None:
    """A method is written once and serves every client."""
    call = functions.messages.SendMessage(peer=types.InputPeerSelf(), message="text", random_id=1, clear_draft=True)
    codec = layers.get(number)
    assert codec.decode_call(codec.encode(call)) == call


def test_fields_that_a_layer_lacks_are_left_out() -> None:
    data = layers.get(221).encode(message(from_rank="treasurer"))
    assert b"treasurer" not in data
    assert layers.get(221).decode(data) == message()
    assert layers.get(223).decode(layers.get(223).encode(message(from_rank="treasurer"))).from_rank == "treasurer"


@pytest.mark.parametrize("number", [221, 223, 224, 227])
def test_updates_that_a_layer_lacks_are_left_out_and_the_rest_arrives(number: int) -> None:
    new = types.UpdateBotStarsSubscription(user_id=1, payload=b"", qts=1)
    read = types.UpdateReadChannelInbox(channel_id=1, max_id=2, still_unread_count=0, pts=1)
    codec = layers.get(number)
    assert codec.decode(codec.encode(updates(new, read))).updates == [read]
    assert codec.decode(codec.encode(updates(new))).updates == []


def test_an_update_that_holds_something_unsayable_is_left_out_whole() -> None:
    community = types.UpdateNotifySettings(
        peer=types.NotifyCommunity(community_id=1), notify_settings=types.PeerNotifySettings()
    )
    codec = layers.get(224)
    assert codec.decode(codec.encode(updates(community, types.UpdateConfig()))).updates == [types.UpdateConfig()]


def test_media_that_a_layer_lacks_says_so() -> None:
    """An old client shows that there is something it cannot show, instead of failing on the whole history."""
    absent = [name for name in canonical().types.names_of_result["MessageAction"] if name not in layer(221).types]
    assert "messageActionNoForwardsToggle" in absent
    action = types.MessageActionNoForwardsToggle(prev_value=False, new_value=True)
    note = types.MessageService(id=1, peer_id=types.PeerUser(user_id=1), date=1, action=action)
    codec = layers.get(221)
    assert codec.decode(codec.encode(note)).action == types.MessageActionEmpty()


def test_formatting_that_a_layer_lacks_becomes_plain() -> None:
    entity = types.MessageEntityFormattedDate(offset=1, length=2, date=3)
    codec = layers.get(221)
    read = codec.decode(codec.encode(message(entities=[entity])))
    assert read.entities == [types.MessageEntityUnknown(offset=1, length=2)]


def test_what_cannot_be_said_is_named() -> None:
    """The caller can choose another answer."""
    with pytest.raises(NotInLayer) as refused:
        layers.get(224).encode(types.DialogPeerCommunity(community_id=1))
    assert (refused.value.name, refused.value.layer) == ("dialogPeerCommunity", 224)


def test_a_method_that_a_layer_lacks_is_unknown_there() -> None:
    data = struct.pack("<I", functions.bots.CheckUsername.TL_ID) + b"\3abc"
    assert layers.get(224).decode_call(data).username == "abc"
    with pytest.raises(UnknownConstructor):
        layers.get(223).decode_call(data)


@pytest.mark.parametrize("number", layers.SUPPORTED)
def test_joining_a_chat_is_answered_as_the_layer_declares(number: int) -> None:
    call: TlObject = functions.channels.JoinChannel(channel=types.InputChannel(channel_id=1, access_hash=2))
    answer = types.messages.ChatInviteJoinResultOk(updates=types.UpdatesTooLong())
    codec = layers.get(number)
    read = codec.decode_result(call, codec.encode_result(call, answer))
    assert read == (answer if number >= 227 else types.UpdatesTooLong())


@pytest.mark.parametrize("number", [228, 229])
def test_joining_through_a_page_is_said_where_the_layer_can(number: int) -> None:
    call = functions.messages.ImportChatInvite(hash="x")
    answer = types.messages.ChatInviteJoinResultWebView(bot_id=1, query_id=2, users=[])
    codec = layers.get(number)
    assert codec.decode_result(call, codec.encode_result(call, answer)) == answer


def test_joining_through_a_page_is_not_sayable_where_joins_answer_with_updates() -> None:
    call = functions.messages.ImportChatInvite(hash="x")
    answer = types.messages.ChatInviteJoinResultWebView(bot_id=1, query_id=2, users=[])
    with pytest.raises(NotInLayer):
        layers.get(221).encode_result(call, answer)
