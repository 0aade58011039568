"""The codec in the canonical layer: what a client sends comes in whole, and nothing else comes in."""

from __future__ import annotations

import struct

import pytest

from parley.tl import functions, layers, service, service_codec, types
from parley.tl.base import TlObject
from parley.tl.errors import Malformed, Unencodable, UnknownConstructor
from parley.tl.wire import MAX_DEPTH

CODEC = layers.get(229)


def send(text: str = "hello") -> functions.messages.SendMessage:
    return functions.messages.SendMessage(
        peer=types.InputPeerUser(user_id=5, access_hash=-7), message=text, random_id=9, silent=True
    )


def test_a_call_comes_back_as_it_was_sent() -> None:
    assert CODEC.decode_call(CODEC.encode(send())) == send()


def test_the_bytes_are_the_ones_that_the_schema_prescribes() -> None:
    expected = struct.pack("<IIIqq", 0xFEF48F62, 32, 0xDDE8A54C, 5, -7) + b"\5hello\0\0" + struct.pack("<q", 9)
    assert CODEC.encode(send()) == expected


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 253, 254, 255, 256, 70_000])
def test_texts_of_every_length_keep_the_message_aligned(size: int) -> None:
    data = CODEC.encode(send("x" * size))
    assert len(data) % 4 == 0
    assert CODEC.decode_call(data).message == "x" * size


@pytest.mark.parametrize("text", ["", "ß", "漢字", "😀" * 100])
def test_texts_of_every_script_survive(text: str) -> None:
    assert CODEC.decode_call(CODEC.encode(send(text))).message == text


def test_bytes_left_over_after_a_call_are_refused() -> None:
    """A client that frames its messages wrongly is told so, instead of being half understood."""
    with pytest.raises(Malformed, match="left over"):
        CODEC.decode_call(CODEC.encode(send()) + bytes(4))


def test_a_call_cut_short_anywhere_is_refused() -> None:
    data = CODEC.encode(send("a longer text, so that every kind of field is cut"))
    for end in range(len(data)):
        with pytest.raises(Malformed):
            CODEC.decode_call(data[:end])


def test_an_unknown_method_is_named_by_its_id() -> None:
    with pytest.raises(UnknownConstructor) as refused:
        CODEC.decode_call(struct.pack("<I", 0xDEADBEEF))
    assert refused.value.constructor_id == 0xDEADBEEF


def test_a_type_where_a_method_must_stand_is_refused() -> None:
    with pytest.raises(UnknownConstructor):
        CODEC.decode_call(CODEC.encode(types.PeerUser(user_id=1)))


def test_an_object_of_another_type_in_a_field_is_refused() -> None:
    """A method's handler can rely on the types that its signature names."""
    data = bytearray(CODEC.encode(send()))
    data[8:12] = struct.pack("<I", types.PeerUser.TL_ID)
    with pytest.raises(UnknownConstructor) as refused:
        CODEC.decode_call(bytes(data))
    assert refused.value.expected == "InputPeer"


def test_a_vector_that_claims_more_than_there_is_costs_no_memory() -> None:
    data = struct.pack("<III", functions.users.GetUsers.TL_ID, 0x1CB5C415, 0xFFFFFFFF)
    with pytest.raises(Malformed, match="longer than the message"):
        CODEC.decode_call(data)


def test_endless_nesting_is_refused() -> None:
    nested: types.TypeRichText = types.TextEmpty()
    for _ in range(MAX_DEPTH + 1):
        nested = types.TextBold(text=nested)
    with pytest.raises(Malformed, match="deeper"):
        CODEC.decode(CODEC.encode(nested))


def test_text_that_is_not_utf8_is_refused() -> None:
    data = CODEC.encode(send()).replace(b"hello", b"hel\xff\xfe")
    with pytest.raises(Malformed):
        CODEC.decode_call(data)


def test_a_wrapper_keeps_its_query_for_the_layer_that_it_announces() -> None:
    inner = CODEC.encode(send())
    call = CODEC.decode_call(CODEC.encode(functions.InvokeWithLayer(layer=221, query=inner)))
    assert (call.layer, call.query) == (221, inner)
    first = functions.InitConnection(
        api_id=1, device_model="d", system_version="s", app_version="a", system_lang_code="en", lang_pack="",
        lang_code="en", query=inner,
        params=types.JsonObject(value=[types.JsonObjectValue(key="tz", value=types.JsonNumber(value=3600.0))]),
    )  # fmt: skip
    assert CODEC.decode_call(CODEC.encode(first)) == first


def test_flags_are_computed_from_what_is_set() -> None:
    empty = functions.messages.SendMessage(peer=types.InputPeerSelf(), message="", random_id=0)
    assert struct.unpack_from("<I", CODEC.encode(empty), 4) == (0,)
    listed = empty.replaced(entities=[])
    assert struct.unpack_from("<I", CODEC.encode(listed), 4) == (8,)
    assert CODEC.decode_call(CODEC.encode(listed)).entities == []


def test_fields_that_share_a_flag_must_come_together() -> None:
    message = types.Message(id=1, peer_id=types.PeerUser(user_id=1), date=1, message="", views=3)
    with pytest.raises(Unencodable, match="forwards"):
        CODEC.encode(message)


@pytest.mark.parametrize(
    "broken",
    [
        send().replaced(peer=types.PeerUser(user_id=1)),
        send().replaced(peer=None),
        send().replaced(message=None),
        send().replaced(message=b"bytes"),
        send().replaced(random_id=2**63),
        send().replaced(random_id="9"),
        send().replaced(entities=[types.PeerUser(user_id=1)]),
        send().replaced(message="\ud800"),
        types.InputSecureFile(id=1, access_hash="text"),  # type: ignore[arg-type]
    ],
)
def test_an_object_that_does_not_fit_its_schema_is_refused_without_its_content(broken: TlObject) -> None:
    with pytest.raises(Unencodable) as refused:
        CODEC.encode(broken)
    assert "hello" not in str(refused.value)


def test_a_missing_field_is_a_mistake_at_once() -> None:
    with pytest.raises(TypeError, match="peer"):
        functions.messages.SendMessage(message="", random_id=1)  # type: ignore[call-arg]


def test_a_repr_shows_structure_and_never_what_people_wrote() -> None:
    """A log line or an error with an object in it cannot leak a text, a phone number or a place."""
    user = types.User(id=5, first_name="Ada", phone="4915112345678")
    shown = repr(types.messages.Messages(messages=[], topics=[], chats=[], users=[user]))
    assert "user(id=5, first_name=<str 3>, phone=<str 13>)" in shown
    assert "Ada" not in shown
    assert "52.5" not in repr(types.GeoPoint(long=13.4, lat=52.5, access_hash=1))


@pytest.mark.parametrize(
    ("function", "value"),
    [
        (functions.account.UpdateStatus(offline=True), True),
        (functions.account.UpdateStatus(offline=True), False),
        (functions.contacts.GetContactIDs(hash=0), [1, 2, 3]),
        (functions.messages.GetMessagesViews(peer=types.InputPeerSelf(), id=[], increment=False),
         types.messages.MessageViews(views=[], chats=[], users=[])),
        (functions.users.GetUsers(id=[]), [types.UserEmpty(id=1), types.User(id=2)]),
        (functions.messages.GetAttachMenuBots(hash=0), types.AttachMenuBotsNotModified()),
    ],
)  # fmt: skip
def test_an_answer_is_written_as_its_method_declares(function: TlObject, value: object) -> None:
    assert CODEC.decode_result(function, CODEC.encode_result(function, value)) == value


@pytest.mark.parametrize("value", [1, None, [True], types.PeerUser(user_id=1)])
def test_an_answer_of_another_type_is_refused(value: object) -> None:
    with pytest.raises(Unencodable):
        CODEC.encode_result(functions.account.UpdateStatus(offline=True), value)
    with pytest.raises(Unencodable):
        CODEC.encode_result(functions.users.GetUsers(id=[]), value if value != [True] else 5)
    with pytest.raises(Unencodable):
        CODEC.encode_result(functions.help.GetConfig(), value)


def test_objects_are_compared_by_their_fields() -> None:
    assert types.PeerUser(user_id=1) == types.PeerUser(user_id=1)
    assert types.PeerUser(user_id=1) != types.PeerUser(user_id=2)
    assert types.PeerUser(user_id=1) != types.PeerChat(chat_id=1)
    with pytest.raises(TypeError):
        hash(types.PeerUser(user_id=1))


def test_a_class_can_be_asked_for_its_boxed_type() -> None:
    assert isinstance(types.PeerUser(user_id=1), types.TypePeer)
    assert not isinstance(types.PeerUser(user_id=1), types.TypeInputPeer)
    assert issubclass(types.messages.Dialogs, types.messages.TypeDialogs)


@pytest.mark.parametrize("path", ["Nothing", "TypeNothing", "typePeer", "__path__"])
def test_names_that_the_schema_lacks_are_errors(path: str) -> None:
    with pytest.raises(AttributeError):
        getattr(types, path)
    with pytest.raises(AttributeError):
        getattr(functions.messages, path)


def test_mtproto_itself_is_spoken() -> None:
    nonce = bytes(range(16))
    answer = service.ResPQ(nonce=nonce, server_nonce=nonce, pq=b"12345678", server_public_key_fingerprints=[-1])
    data = service_codec.encode(answer)
    assert service_codec.decode(data) == answer
    assert service_codec.knows(service_codec.peek(data))
    assert not service_codec.knows(functions.help.GetConfig.TL_ID)


def test_a_container_keeps_its_messages_as_bytes() -> None:
    messages = [service.Message(msg_id=1, seqno=2, body=b"abcd"), service.Message(msg_id=5, seqno=4, body=b"")]
    data = service_codec.encode(service.Msg_container(messages=messages))
    assert data == (struct.pack("<IIqii", 0x73F1F8DC, 2, 1, 2, 4) + b"abcd" + struct.pack("<qii", 5, 4, 0))
    assert service_codec.decode(data).messages == messages


def test_future_salts_and_results_have_their_bare_forms() -> None:
    salts = service.Future_salts(
        req_msg_id=1, now=2, salts=[service.Future_salt(valid_since=1, valid_until=2, salt=-3)]
    )
    assert service_codec.encode(salts) == struct.pack("<IqiIiiq", 0xAE500895, 1, 2, 1, 1, 2, -3)
    assert service_codec.decode(service_codec.encode(salts)) == salts
    result = service.Rpc_result(req_msg_id=7, result=b"rest of it..")
    assert service_codec.encode(result) == struct.pack("<Iq", 0xF35C6D01, 7) + b"rest of it.."


def test_a_nonce_of_another_length_is_refused() -> None:
    with pytest.raises(Unencodable):
        service_codec.encode(service.Req_pq_multi(nonce=b"short"))
