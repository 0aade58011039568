"""The callable that `mtproto` hands every decoded call to: finds the method, checks the door, maps refusals."""

from __future__ import annotations

import logging
from collections.abc import Mapping

from parley.core.errors import ParleyError
from parley.core.ids import AuthKeyId
from parley.messenger.errors import Unauthorized
from parley.mtproto.errors import RpcError
from parley.mtproto.ports import Call
from parley.rpc.context import Context
from parley.rpc.errors import to_rpc
from parley.rpc.ports import Authorizations, CallLimits
from parley.rpc.registry import Method
from parley.rpc.services import Services
from parley.tl.errors import TlError

_log = logging.getLogger(__name__)


class Dispatcher:
    """Answers calls from the table of methods."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        services: Services,
        authorizations: Authorizations,
        limits: CallLimits,
    ) -> None:
        self._methods = methods
        self._services = services
        self._authorizations = authorizations
        self._limits = limits

    async def __call__(self, call: Call) -> object:
        """Answer one call with a canonical object or a primitive.

        Raises:
            RpcError: the refusal in Telegram's words; METHOD_INVALID for a method that we do not have.
        """
        method = self._methods.get(call.function.TL_NAME)
        if method is None:
            _log.info("no method %s", call.function.TL_NAME)
            raise RpcError(400, "METHOD_INVALID")
        try:
            context = await self._admit(method, call)
            return await method.handler(context, call.function)
        except RpcError:
            raise
        except (ParleyError, TlError) as error:
            raise to_rpc(error) from error

    async def _admit(self, method: Method, call: Call) -> Context:
        key = AuthKeyId(call.auth_key_id)
        account = await self._authorizations.account_of(key)
        self._limits.check(account, key, method.name)
        if account is None:
            if not method.anonymous:
                raise Unauthorized() if call.bound else Unauthorized("AUTH_KEY_PERM_EMPTY")
        elif not self._services.activity.is_fresh(key, call.address):
            await self._services.activity.seen(account, key, call.client, call.address)
        return Context(call, self._services, account)
