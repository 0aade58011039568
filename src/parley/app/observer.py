"""What happens to sessions, told to whom it concerns: owners are attached, listeners join and leave."""

from __future__ import annotations

from parley.core.ids import AccountId, AuthKeyId
from parley.core.tasks import Supervisor
from parley.messenger.accounts.devices import Devices
from parley.messenger.updates.fanout import Fanout
from parley.mtproto.session import Session
from parley.mtproto.sessions import Registry
from parley.tl import layers, types


class SessionWatch:
    """MTProto's `SessionObserver`. Every method returns at once; what needs the database runs behind it."""

    def __init__(self, supervisor: Supervisor, devices: Devices, fanout: Fanout) -> None:
        self._supervisor = supervisor
        self._devices = devices
        self._fanout = fanout
        self._registry: Registry | None = None

    def attach(self, registry: Registry) -> None:
        """Give it the sessions."""
        self._registry = registry

    def opened(self, session: Session) -> None:
        """A session began, or came back after a restart: it hears of its account's boxes again."""
        self._supervisor.once("attach session", self._join(session))

    def closed(self, session: Session) -> None:
        """A session is over."""
        self._fanout.detach(session)

    def bound(self, session: Session, permanent: AuthKeyId) -> None:
        """A temporary key acts for a permanent one from now on."""
        self._supervisor.once("attach session", self._join(session))

    def layer_changed(self, session: Session) -> None:
        """Pushes are encoded for the session's layer when they are made; there is nothing to do."""

    def overflowed(self, session: Session) -> None:
        """Pushes were dropped: one hint makes the client ask for the difference."""
        session.push(layers.get(session.layer).encode(types.UpdatesTooLong()))

    async def signed_in(self, account: AccountId, key: AuthKeyId) -> None:
        """A key got an account: its sessions hear of the account's boxes."""
        if self._registry is None:
            return
        self._registry.attach_owner(key, account)
        for session in self._registry.sessions_of_key(key):
            self._fanout.detach(session)
            await self._fanout.attach(session, account)

    def ended(self, key: AuthKeyId) -> None:
        """A key lost its account: its sessions hear of nothing any more."""
        if self._registry is None:
            return
        for session in self._registry.sessions_of_key(key):
            self._fanout.detach(session)
        self._registry.detach_owner(key)

    async def _join(self, session: Session) -> None:
        key = session.auth_key_id
        account = await self._devices.account_of(key)
        if account is None or session.closed or self._registry is None:
            return
        self._registry.attach_owner(key, account)
        await self._fanout.attach(session, account)
