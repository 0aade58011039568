"""All sessions of this process: found by key and by owner, drained in batches, expired when idle."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from parley.core.ids import AuthKeyId, SessionId
from parley.mtproto.keys import LiveKey
from parley.mtproto.limits import Limits
from parley.mtproto.message_ids import MessageIds
from parley.mtproto.metrics import Counters
from parley.mtproto.ports import SessionObserver
from parley.mtproto.session import Session

_log = logging.getLogger(__name__)
_Key = TypeVar("_Key")
_FLUSHED_AT_ONCE = 256


@dataclass(frozen=True, slots=True)
class SilentObserver:
    """An observer for programs that push nothing."""

    def opened(self, session: Session) -> None:
        """Do nothing."""

    def closed(self, session: Session) -> None:
        """Do nothing."""

    def bound(self, session: Session, permanent: AuthKeyId) -> None:
        """Do nothing."""

    def layer_changed(self, session: Session) -> None:
        """Do nothing."""

    def overflowed(self, session: Session) -> None:
        """Do nothing."""


class Registry:
    """Sessions by authorization key and by owner. Used on the event loop only."""

    def __init__(
        self,
        defer: Callable[[Callable[[], None]], object],
        *,
        limits: Limits | None = None,
        counters: Counters | None = None,
        ids: MessageIds | None = None,
        observer: SessionObserver | None = None,
    ) -> None:
        """`defer` runs a function soon, after what happens now: `loop.call_soon`."""
        self._defer = defer
        self.limits = limits or Limits()
        self.counters = counters or Counters()
        self.ids = ids or MessageIds()
        self.observer: SessionObserver = observer or SilentObserver()
        self._by_key: dict[AuthKeyId, dict[Session, None]] = {}
        self._owners: dict[AuthKeyId, int] = {}
        self._by_owner: dict[int, dict[Session, None]] = {}
        self._woken: deque[Session] = deque()
        self._flush_is_due = False
        self._unacknowledged: dict[Session, None] = {}

    # --- finding ---

    def sessions_of_key(self, auth_key_id: AuthKeyId) -> list[Session]:
        """Give the sessions that act for a permanent key (or run on an unbound one)."""
        return list(self._by_key.get(auth_key_id, ()))

    def sessions_of_owner(self, owner: int) -> list[Session]:
        """Give the sessions of every key that `attach_owner` gave to this owner."""
        return list(self._by_owner.get(owner, ()))

    def owner_of(self, auth_key_id: AuthKeyId) -> int | None:
        """Give who was attached to a key."""
        return self._owners.get(auth_key_id)

    def attach_owner(self, auth_key_id: AuthKeyId, owner: int) -> None:
        """Say whose key this is, as long as it has sessions here; the rpc room knows from its store."""
        self.detach_owner(auth_key_id)
        self._owners[auth_key_id] = owner
        for session in self.sessions_of_key(auth_key_id):
            self._own(session)

    def detach_owner(self, auth_key_id: AuthKeyId) -> None:
        """Forget whose key this is: its account logged out."""
        self._owners.pop(auth_key_id, None)
        for session in self.sessions_of_key(auth_key_id):
            self._disown(session)

    def _own(self, session: Session) -> None:
        owner = self._owners.get(session.auth_key_id)
        if owner is not None:
            session.owner = owner
            self._by_owner.setdefault(owner, {})[session] = None

    def _disown(self, session: Session) -> None:
        if session.owner is not None:
            _remove(self._by_owner, session.owner, session)
            session.owner = None

    # --- life ---

    def session_of(self, key: LiveKey, session_id: int, now: float) -> Session:
        """Give a session of a key, made if need be; the longest idle one makes room."""
        session = key.sessions.get(session_id)
        if session is not None:
            return session
        if len(key.sessions) >= self.limits.sessions_per_key:
            self.close(min(key.sessions.values(), key=lambda s: (s.link is not None, s.last_seen)))
        session = Session(self, key, SessionId(session_id), now)
        key.sessions[session_id] = session
        self._by_key.setdefault(key.acting_id, {})[session] = None
        self._own(session)
        self.counters.sessions += 1
        self.counters.sessions_open += 1
        self.observer.opened(session)
        return session

    def close(self, session: Session) -> None:
        """End a session; its connection stays, for a connection may serve others."""
        if session.closed:
            return
        session.closed = True
        session.link = None
        session.key.sessions.pop(session.session_id, None)
        self._disown(session)
        self._unindex(session, session.auth_key_id)
        self._unacknowledged.pop(session, None)
        self.counters.sessions_open -= 1
        self.observer.closed(session)

    def _unindex(self, session: Session, acting_id: AuthKeyId) -> None:
        _remove(self._by_key, acting_id, session)
        if acting_id not in self._by_key:
            self._owners.pop(acting_id, None)

    def destroy_session(self, key: LiveKey, session_id: int) -> bool:
        """End another session of the key; False where there is none."""
        session = key.sessions.get(session_id)
        if session is None:
            return False
        self.close(session)
        return True

    def drop_key(self, auth_key_id: AuthKeyId) -> None:
        """End every session that acts for a key and the connections that they use."""
        for session in self.sessions_of_key(auth_key_id):
            link = session.link
            self.close(session)
            if link is not None:
                link.close()

    def rebind(self, key: LiveKey, former: AuthKeyId) -> None:
        """File the sessions of a temporary key under the permanent one that it was just bound to."""
        for session in key.sessions.values():
            self._disown(session)
            self._unindex(session, former)
            self._by_key.setdefault(key.acting_id, {})[session] = None
            self._own(session)
            self.observer.bound(session, key.acting_id)

    # --- draining ---

    def wake(self, session: Session) -> None:
        """Have the session drained once what happens now is over: several messages share a container."""
        if session.woken:
            return
        session.woken = True
        self._woken.append(session)
        if not self._flush_is_due:
            self._flush_is_due = True
            self._defer(self.flush)

    def acknowledge_later(self, session: Session) -> None:
        """Have the session acknowledge at the next tick what it has not answered by then."""
        self._unacknowledged[session] = None

    def overflowed(self, session: Session) -> None:
        """Tell the observer that pushes were dropped."""
        self.observer.overflowed(session)

    def flush(self) -> None:
        """Send what woken sessions have queued; those without a ready connection keep it.

        A post to thousands goes out in rounds, so that nobody else waits for all of them.
        """
        woken = self._woken
        for _ in range(min(_FLUSHED_AT_ONCE, len(woken))):
            session = woken.popleft()
            session.woken = False
            link = session.link
            if link is None or not link.writable:
                continue
            try:
                link.send_session(session)
            except Exception as error:
                # One broken connection must not keep the other sessions of this round from being served.
                _log.error("sending to a connection failed: %s", type(error).__name__)
                link.close()
        self._flush_is_due = bool(self._woken)
        if self._flush_is_due:
            self._defer(self.flush)

    def flush_all(self) -> None:
        """Send everything at once: the end of the server."""
        while self._woken:
            self.flush()

    def tick(self) -> None:
        """Acknowledge what was not answered meanwhile; call it twice a second or so."""
        waiting, self._unacknowledged = self._unacknowledged, {}
        for session in waiting:
            session.acknowledge()

    def expire(self, now: float) -> int:
        """End sessions without a connection that were idle too long; give how many."""
        oldest = now - self.limits.session_idle_s
        idle = [
            session
            for sessions in self._by_key.values()
            for session in sessions
            if session.link is None and session.last_seen < oldest
        ]
        for session in idle:
            self.close(session)
        return len(idle)


def _remove(index: dict[_Key, dict[Session, None]], at: _Key, session: Session) -> None:
    sessions = index.get(at)
    if sessions is None:
        return
    sessions.pop(session, None)
    if not sessions:
        del index[at]
