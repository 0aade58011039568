"""Running calls: unwrap, decode in the client's layer, hand over, encode, answer; every fault has an answer."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from parley.core.auth_keys import ClientInfo
from parley.mtproto import binding
from parley.mtproto import messages as m
from parley.mtproto.calls import Envelope, open_call
from parley.mtproto.errors import BindingInvalid, RpcError
from parley.mtproto.keys import KeyRing, LiveKey
from parley.mtproto.ports import Call, CallHandler, LayerCodec
from parley.mtproto.received import State
from parley.mtproto.session import IncomingCall, Session
from parley.mtproto.sessions import Registry
from parley.tl.errors import TlError, UnknownConstructor

_log = logging.getLogger(__name__)
_BOOL_TRUE = 0x997275B5.to_bytes(4, "little")

Spawn = Callable[[str, Coroutine[Any, Any, None]], object]
Address = tuple[str, int]


class Dispatcher:
    """Takes calls out of sessions and puts their answers back."""

    def __init__(
        self,
        handler: CallHandler,
        codec_of: Callable[[int], LayerCodec],
        ring: KeyRing,
        registry: Registry,
        spawn: Spawn,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`codec_of` gives a layer's codec, `spawn` runs a named coroutine under supervision."""
        self._handler = handler
        self._codec_of = codec_of
        self._ring = ring
        self._registry = registry
        self._spawn = spawn
        self._now = now
        self._limits = registry.limits
        self._counters = registry.counters
        self._idle = asyncio.Event()
        self._idle.set()

    async def idle(self) -> None:
        """Wait until no call runs."""
        await self._idle.wait()

    def start(self, session: Session, incoming: IncomingCall, address: Address, done: Callable[[], None]) -> None:
        """Run a call: what needs no waiting at once, in the order of arrival. `done` is called at the end."""
        self._counters.calls += 1
        try:
            work = self._prepare(session, incoming, address)
        except RpcError as error:
            self._refuse(session, incoming.msg_id, error)
            done()
            return
        self._counters.calls_running += 1
        self._idle.clear()
        self._spawn("call", self._run(work, done))

    async def _run(self, work: Coroutine[Any, Any, None], done: Callable[[], None]) -> None:
        try:
            await work
        finally:
            self._counters.calls_running -= 1
            if not self._counters.calls_running:
                self._idle.set()
            done()

    def _prepare(self, session: Session, incoming: IncomingCall, address: Address) -> Coroutine[Any, Any, None]:
        envelope = open_call(incoming.body, self._limits.unpacked_bytes)
        self._adopt(session, envelope)
        constructor = int.from_bytes(envelope.query[:4], "little")
        if constructor == binding.BIND_TEMP_AUTH_KEY:
            return self._bind(session, incoming.msg_id, envelope.query)
        if constructor == m.DESTROY_AUTH_KEY:
            return self._destroy_key(session)
        if not envelope.without_updates:
            session.wants_updates = True
        codec = self._codec(session)
        call = Call(
            function=self._decode(codec, envelope.query, constructor),
            layer=session.layer,
            auth_key_id=session.auth_key_id,
            bound=session.key.bound,
            session=session,
            msg_id=incoming.msg_id,
            without_updates=envelope.without_updates,
            client=session.client,
            address=address,
            test_mode=session.key.test_mode,
            takeout_id=envelope.takeout_id,
            business_connection_id=envelope.business_connection_id,
            messages_range=envelope.messages_range,
        )
        return self._answer(call, codec, envelope.after)

    def _adopt(self, session: Session, envelope: Envelope) -> None:
        """Take over what wrappers say about the client, and keep it with the key when it is new."""
        key = session.key
        layer = envelope.layer or session.layer or key.layer
        client = envelope.client
        speaks_anew = layer != session.layer
        if speaks_anew or (client is not None and client != session.client):
            session.layer = key.layer = layer
            session.client = key.client = client or key.client or session.client
            if envelope.layer or client is not None:
                self._spawn("remember client", self._remember(key, layer, client))
        if speaks_anew:
            self._registry.observer.layer_changed(session)

    async def _remember(self, key: LiveKey, layer: int, client: ClientInfo | None) -> None:
        try:
            await self._ring.remember_client(key, layer, client)
        except Exception as error:
            # The key in memory has it; a store that is away costs a client one more initConnection.
            _log.warning("could not keep a client's layer: %s", type(error).__name__)

    def _codec(self, session: Session) -> LayerCodec:
        if not session.layer:
            raise RpcError(400, "CONNECTION_NOT_INITED")
        return self._codec_of(session.layer)

    def _decode(self, codec: LayerCodec, query: bytes, constructor: int) -> Any:
        try:
            return codec.decode_call(query)
        except UnknownConstructor as error:
            is_method = error.constructor_id & 0xFFFFFFFF == constructor
            name = "INPUT_METHOD_INVALID" if is_method else "INPUT_CONSTRUCTOR_INVALID"
            raise RpcError(400, name) from None
        except TlError:
            raise RpcError(400, "INPUT_FETCH_ERROR") from None

    async def _answer(self, call: Call, codec: LayerCodec, after: list[int]) -> None:
        session, msg_id = call.session, call.msg_id
        try:
            if after:
                await self._wait_for(session, msg_id, after)
            value = await self._handler(call)
            session.answer(msg_id, codec.encode_result(call.function, value))
        except RpcError as error:
            self._refuse(session, msg_id, error)
        except Exception as error:
            self._fail(session, msg_id, type(call.function).__name__, error)

    def _refuse(self, session: Session, msg_id: int, error: RpcError) -> None:
        self._counters.rpc_errors += 1
        session.answer(msg_id, m.rpc_error(error.code, error.message), failed=True)

    def _fail(self, session: Session, msg_id: int, what: str, error: BaseException) -> None:
        """Answer 500 and log where it happened. Neither says what the error says: it may hold a person's data."""
        incident = secrets.token_hex(4)
        self._counters.internal_errors += 1
        places = [f"{frame.name}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)[-6:]]
        _log.error("incident %s: %s in %s at %s", incident, type(error).__name__, what, " > ".join(places))
        session.answer(msg_id, m.rpc_error(500, "INTERNAL_SERVER_ERROR"), failed=True)

    async def _wait_for(self, session: Session, msg_id: int, after: list[int]) -> None:
        """Wait for named calls of the session.

        Raises:
            RpcError: 400 MSG_WAIT_FAILED when one failed, 500 when one does not end in time.
        """
        deadline = asyncio.get_running_loop().time() + self._limits.wait_for_call_s
        for other in after:
            outcome = session.state_of(other)
            unknown_past = outcome is None and other < session.first_msg_id
            if not unknown_past and outcome in (None, State.RUNNING) and other != msg_id:
                outcome = await self._outcome(session, other, deadline)
            if outcome in (State.FAILED, State.RUNNING):
                raise RpcError(400, "MSG_WAIT_FAILED")

    async def _outcome(self, session: Session, msg_id: int, deadline: float) -> State:
        future: asyncio.Future[State] = asyncio.get_running_loop().create_future()

        def settle(state: State) -> None:
            if not future.done():
                future.set_result(state)

        session.when_done(msg_id, settle)
        try:
            async with asyncio.timeout_at(deadline):
                return await future
        except TimeoutError:
            raise RpcError(500, "MSG_WAIT_FAILED") from None
        finally:
            session.forget_waiter(msg_id, settle)

    async def _bind(self, session: Session, msg_id: int, query: bytes) -> None:
        try:
            await self._bound(session, msg_id, query)
            session.answer(msg_id, _BOOL_TRUE)
        except RpcError as error:
            self._refuse(session, msg_id, error)
        except Exception as error:
            self._fail(session, msg_id, "BindTempAuthKey", error)

    async def _bound(self, session: Session, msg_id: int, query: bytes) -> None:
        key = session.key
        if key.expires_at is None:
            raise RpcError(400, "TEMP_AUTH_KEY_EMPTY")
        try:
            request = binding.read_request(query)
            permanent = await self._ring.load(request.permanent)
            if permanent is None or permanent.expires_at is not None:
                raise BindingInvalid("no such permanent key")
            until = binding.verify(request, permanent.secret, key.key_id, session.session_id, msg_id, self._now())
        except BindingInvalid:
            raise RpcError(400, "ENCRYPTED_MESSAGE_INVALID") from None
        former = key.acting_id
        if key.bound_to not in (None, request.permanent):
            raise RpcError(400, "TEMP_AUTH_KEY_ALREADY_BOUND")
        await self._ring.bind(key, request.permanent, until)
        if key.layer:
            self._spawn("remember client", self._remember(key, key.layer, key.client))
        key.layer = key.layer or permanent.layer
        key.client = key.client or permanent.client
        self._registry.rebind(key, former)

    async def _destroy_key(self, session: Session) -> None:
        """The client gives its key up: it hears so on the connection that is then closed."""
        try:
            await self._ring.delete(session.key.key_id)
        except Exception as error:
            incident = secrets.token_hex(4)
            _log.error("incident %s: %s while deleting a key", incident, type(error).__name__)
            session.reply(m.DESTROY_AUTH_KEY_FAIL.to_bytes(4, "little"))
            return
        session.reply(m.DESTROY_AUTH_KEY_OK.to_bytes(4, "little"))
        self._registry.flush()
        self._registry.drop_key(session.key.acting_id)
