"""Notices that a device is active and when its address changes, and hands new addresses over to be sealed.

What is kept of an address here is a hash under a key of this process, and until the end of the day at most.
"""

from __future__ import annotations

import logging
from collections import OrderedDict
from datetime import datetime, timedelta

from parley.core.auth_keys import ClientInfo
from parley.core.clock import Clock
from parley.core.ids import AccountId, AuthKeyId
from parley.messenger.accounts.devices import Devices
from parley.messenger.accounts.ports import AddressSink
from parley.messenger.accounts.sightings import Sightings

_log = logging.getLogger(__name__)
_REMEMBERED = 200_000
_REFRESH = timedelta(minutes=5)


class Activity:
    """Watches the calls of signed-in devices; a known device at a known address costs two look-ups."""

    def __init__(self, clock: Clock, devices: Devices, sink: AddressSink) -> None:
        self._clock = clock
        self._devices = devices
        self._sink = sink
        self._sightings = Sightings()
        self._refreshed: OrderedDict[AuthKeyId, datetime] = OrderedDict()

    async def signed_in(self, account: AccountId, key: AuthKeyId, address: tuple[str, int]) -> None:
        """Seal the address of a sign-in, whether it is known or not."""
        now = self._clock.now()
        self._sightings.note(key, address, now)
        await self._seal(account, address, now)

    def is_fresh(self, key: AuthKeyId, address: tuple[str, int]) -> bool:
        """Whether a call from here tells nothing new: the device is known at this address and was just noted."""
        last = self._refreshed.get(key)
        if last is None:
            return False
        now = self._clock.now()
        return now - last < _REFRESH and not self._sightings.is_new(key, address, now)

    async def seen(self, account: AccountId, key: AuthKeyId, client: ClientInfo, address: tuple[str, int]) -> None:
        """Note a call: seal its address when it is new for the device, and refresh the device now and then."""
        now = self._clock.now()
        if self._sightings.is_new(key, address, now):
            self._sightings.note(key, address, now)
            await self._seal(account, address, now)
        last = self._refreshed.get(key)
        if last is None or now - last >= _REFRESH:
            self._refreshed[key] = now
            self._refreshed.move_to_end(key)
            if len(self._refreshed) > _REMEMBERED:
                self._refreshed.popitem(last=False)
            await self._devices.refresh(account, key, client)

    def ended(self, key: AuthKeyId) -> None:
        """Forget a device that was signed out; whoever signs in with its key again is sealed in any case."""
        self._refreshed.pop(key, None)

    async def _seal(self, account: AccountId, address: tuple[str, int], now: datetime) -> None:
        try:
            await self._sink.seal(account, address[0], address[1], now)
        except Exception:
            # People must be able to use the messenger while the vault is out of reach; operators must hear of it.
            _log.exception("an address could not be sealed")
