"""A client of our own for tests: it speaks the client's side of MTProto byte by byte, wrongly where asked to."""

from __future__ import annotations

import os
import struct
import time
from dataclasses import dataclass, field
from typing import Any

from parley.core.auth_keys import AuthKey, ClientInfo
from parley.core.ids import AuthKeyId
from parley.mtproto import messages as m
from parley.mtproto.encryption import CLIENT, SERVER, Decrypted, decrypt, encrypt, key_id_of
from parley.mtproto.errors import RpcError
from parley.mtproto.keys import LiveKey
from parley.mtproto.ports import Call
from parley.mtproto.session import Session
from parley.mtproto.wire import Reader, pack_bytes
from parley.tl import functions, types

LAYER = 229


class MemoryKeyStore:
    """A key store that lives as long as the test."""

    def __init__(self) -> None:
        self.records: dict[AuthKeyId, AuthKey] = {}
        self.loads = 0
        self.refuse_saves = 0

    async def load(self, auth_key_id: AuthKeyId) -> AuthKey | None:
        self.loads += 1
        return self.records.get(auth_key_id)

    async def save(self, key: AuthKey) -> bool:
        if self.refuse_saves:
            self.refuse_saves -= 1
            return False
        return self.records.setdefault(key.auth_key_id, key) is key

    async def delete(self, auth_key_id: AuthKeyId) -> None:
        self.records = {
            key: record for key, record in self.records.items() if auth_key_id not in (key, record.bound_to)
        }

    async def bind(self, temporary: AuthKeyId, permanent: AuthKeyId, expires_at: int) -> None:
        self.records[temporary] = _changed(self.records[temporary], bound_to=permanent, expires_at=expires_at)

    async def remember_client(self, auth_key_id: AuthKeyId, layer: int, client: ClientInfo | None) -> None:
        record = self.records.get(auth_key_id)
        if record is not None:
            self.records[auth_key_id] = _changed(record, layer=layer, client=client or record.client)


def _changed(record: AuthKey, **changes: Any) -> AuthKey:
    fields = {name: getattr(record, name) for name in AuthKey.__slots__}
    return AuthKey(**(fields | changes))


def new_record(expires_at: int | None = None, layer: int = LAYER, created_at: int | None = None) -> AuthKey:
    """Make a random key as if it had been exchanged."""
    key = os.urandom(256)
    return AuthKey(
        AuthKeyId(key_id_of(key)), key, int(created_at or time.time()), 77, expires_at=expires_at, layer=layer
    )


@dataclass
class Received:
    """One message from the server, out of its container."""

    msg_id: int
    seqno: int
    body: bytes
    container: int | None = None

    @property
    def constructor(self) -> int:
        return int.from_bytes(self.body[:4], "little")

    @property
    def result(self) -> bytes:
        """The result inside an rpc_result, unpacked."""
        assert self.constructor == m.RPC_RESULT
        inner = self.body[12:]
        return m.unpack_gzip(inner, 1 << 24) if inner[:4] == m.GZIP_PACKED.to_bytes(4, "little") else inner

    @property
    def answers(self) -> int:
        """The id of the message that this one answers or refuses."""
        return int(struct.unpack_from("<q", self.body, 4)[0])

    @property
    def error(self) -> tuple[int, str]:
        reader = Reader(self.result)
        assert reader.uint32() == m.RPC_ERROR
        return reader.int32(), reader.string()


@dataclass
class Peer:
    """The client's half of one session."""

    record: AuthKey
    session_id: int = 0
    salt: int = 77
    sent: int = 0
    last_id: int = 0
    clock: Any = time.time
    inbox: list[Received] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.session_id = self.session_id or int.from_bytes(os.urandom(7), "little")
        self._id_bytes = self.record.auth_key_id.to_bytes(8, "little", signed=True)

    def next_id(self, ahead: float = 0.0) -> int:
        """Draw a message id; one that lies ahead (or behind) by so many seconds does not count as the last."""
        candidate = int((self.clock() + ahead) * 2**32) & ~3
        if ahead:
            return candidate
        self.last_id = max(candidate, self.last_id + 4)
        return self.last_id

    def seqno(self, content: bool) -> int:
        number = self.sent * 2 + content
        self.sent += content
        return number

    def seal(
        self, body: bytes, *, msg_id: int | None = None, seqno: int | None = None, content: bool = True
    ) -> bytes:
        """Encrypt one message as a client does."""
        msg_id = self.next_id() if msg_id is None else msg_id
        seqno = self.seqno(content) if seqno is None else seqno
        head = (self.salt, self.session_id, msg_id, seqno)
        return encrypt(self.record.key, self._id_bytes, head, body, CLIENT)

    def message(self, body: bytes, *, content: bool = True) -> tuple[int, int, bytes]:
        """Number a message for a container."""
        return self.next_id(), self.seqno(content), body

    def open(self, payload: bytes) -> list[Received]:
        """Decrypt what the server sent and take containers apart."""
        plain = decrypt(self.record.key, payload, SERVER)
        assert plain.session_id == self.session_id
        if int.from_bytes(plain.body[:4], "little") != m.MSG_CONTAINER:
            got = [Received(plain.msg_id, plain.seqno, plain.body)]
        else:
            got = [Received(e.msg_id, e.seqno, e.body, plain.msg_id) for e in m.read_container(plain.body, 4096)]
        self.inbox += got
        return got

    def incoming(self, body: bytes, **options: Any) -> Decrypted:
        """Make a message as the session sees it, after decryption."""
        return decrypt(self.record.key, self.seal(body, **options))


def take(peer: Peer, session: Session) -> list[Received]:
    """Drain a session and give its messages one by one."""
    got = []
    for msg_id, seqno, body in session.drain():
        if int.from_bytes(body[:4], "little") == m.MSG_CONTAINER:
            got += [Received(e.msg_id, e.seqno, e.body, msg_id) for e in m.read_container(body, 4096)]
        else:
            got.append(Received(msg_id, seqno, body))
    peer.inbox += got
    return got


def live(record: AuthKey) -> LiveKey:
    """Bring a record to life."""
    return LiveKey.of(record)


# --- bodies ---


def ping(ping_id: int = 5) -> bytes:
    return struct.pack("<Iq", m.PING, ping_id)


def ack(*ids: int) -> bytes:
    return m.msgs_ack(list(ids))


def get_nearest_dc() -> bytes:
    return struct.pack("<I", functions.help.GetNearestDc.TL_ID & 0xFFFFFFFF)


def with_layer(query: bytes, layer: int = LAYER) -> bytes:
    return struct.pack("<Ii", 0xDA9B0D0D, layer) + init_connection(query)


def init_connection(query: bytes) -> bytes:
    texts = b"".join(pack_bytes(t.encode()) for t in ("device", "system", "1.0", "en", "", "en"))
    return struct.pack("<IIi", 0xC1CD5EA9, 0, 42) + texts + query


def config(host: str, port: int) -> types.Config:
    """A `help.getConfig` answer that points every data centre at us."""
    numbers = {
        name: 1
        for name in types.Config.TL_FIELDS
        if name not in _CONFIG_OPTIONAL and name not in ("dc_options", "date", "expires")
    }
    flags = (
        "default_p2p_contacts",
        "preload_featured_stickers",
        "revoke_pm_inbox",
        "blocked_mode",
        "force_try_ipv6",
    )
    fields: dict[str, Any] = numbers | dict.fromkeys(flags, False)
    fields |= {"test_mode": False, "this_dc": 2, "date": int(time.time()), "expires": int(time.time()) + 3600}
    fields |= {"dc_txt_domain_name": "", "me_url_prefix": "https://t.me/"}
    fields["dc_options"] = [types.DcOption(id=2, ip_address=host, port=port)]
    return types.Config(**fields)


_CONFIG_OPTIONAL = (
    "tmp_sessions",
    "autoupdate_url_prefix",
    "gif_search_username",
    "venue_search_username",
    "img_search_username",
    "static_maps_provider",
    "suggested_lang_code",
    "lang_pack_version",
    "base_lang_pack_version",
    "reactions_default",
    "autologin_token",
)


class Answering:
    """A call handler that answers a few methods and remembers every call."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.address = ("127.0.0.1", 0)
        self.gates: dict[str, Any] = {}

    @property
    def names(self) -> list[str]:
        return [call.function.TL_NAME for call in self.calls]

    async def __call__(self, call: Call) -> object:
        self.calls.append(call)
        name = call.function.TL_NAME
        if name in self.gates:
            await self.gates[name].wait()
        if name == "help.getConfig":
            return config(*self.address)
        if name == "help.getNearestDc":
            return types.NearestDc(country="SE", this_dc=2, nearest_dc=2)
        if name == "users.getUsers":
            raise RpcError(401, "AUTH_KEY_UNREGISTERED")
        if name == "help.getInviteText":
            raise ValueError("a text that nobody may see")
        if name == "help.getSupportName":
            return types.help.SupportName(name="parley " * 600)
        raise RpcError(400, "METHOD_INVALID")
