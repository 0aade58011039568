"""What a method knows about its call: who calls, in which session, and the services that it may use."""

from __future__ import annotations

from dataclasses import dataclass

from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.errors import Unauthorized
from parley.mtproto.ports import Call
from parley.rpc.services import Services


@dataclass(frozen=True, slots=True)
class Context:
    """One call on its way to its method."""

    call: Call
    services: Services
    account: AccountId | None

    @property
    def me(self) -> AccountId:
        """The calling account.

        Raises:
            Unauthorized: nobody has signed in with this key.
        """
        if self.account is None:
            raise Unauthorized
        return self.account

    @property
    def key(self) -> AuthKeyId:
        """The permanent authorization key of the call."""
        return AuthKeyId(self.call.auth_key_id)

    @property
    def session(self) -> int:
        """Name the calling session: it hears of its own change by the answer and not by a push."""
        return self.call.session.unique_id

    @property
    def layer(self) -> int:
        """The client's layer."""
        return self.call.layer
