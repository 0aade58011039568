"""Notices that a device is active and when its address changes, and hands new addresses over to be sealed.

The addresses of live connections are held in memory only, for the person whose they are and to tell a change.
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

_log = logging.getLogger(__name__)
_REMEMBERED = 50_000
_REFRESH = timedelta(minutes=5)

_Place = tuple[AuthKeyId, str, int]


class Activity:
    """Watches the calls of signed-in devices; a known device at a known address costs two look-ups."""

    def __init__(self, clock: Clock, devices: Devices, sink: AddressSink) -> None:
        self._clock = clock
        self._devices = devices
        self._sink = sink
        self._places: OrderedDict[_Place, None] = OrderedDict()
        self._refreshed: OrderedDict[AuthKeyId, datetime] = OrderedDict()

    async def signed_in(self, account: AccountId, key: AuthKeyId, address: tuple[str, int]) -> None:
        """Seal the address of a sign-in, whether it is known or not."""
        self._remember((key, *address))
        await self._seal(account, address)

    def is_fresh(self, key: AuthKeyId, address: tuple[str, int]) -> bool:
        """Whether a call from here tells nothing new: the device is known at this address and was just noted."""
        last = self._refreshed.get(key)
        known = (key, *address) in self._places
        return known and last is not None and self._clock.now() - last < _REFRESH

    async def seen(self, account: AccountId, key: AuthKeyId, client: ClientInfo, address: tuple[str, int]) -> None:
        """Note a call: seal its address when it is new for the device, and refresh the device now and then."""
        place = (key, *address)
        if place not in self._places:
            self._remember(place)
            await self._seal(account, address)
        now = self._clock.now()
        last = self._refreshed.get(key)
        if last is None or now - last >= _REFRESH:
            self._refreshed[key] = now
            self._trim(self._refreshed)
            await self._devices.refresh(account, key, client)

    def ended(self, key: AuthKeyId) -> None:
        """Forget the addresses of a device that was signed out."""
        for place in [place for place in self._places if place[0] == key]:
            del self._places[place]
        self._refreshed.pop(key, None)

    async def _seal(self, account: AccountId, address: tuple[str, int]) -> None:
        try:
            await self._sink.seal(account, address[0], address[1], self._clock.now())
        except Exception:
            # People must be able to use the messenger while the vault is out of reach; operators must hear of it.
            _log.exception("an address could not be sealed")

    def _remember(self, place: _Place) -> None:
        self._places[place] = None
        self._trim(self._places)

    @staticmethod
    def _trim(entries: OrderedDict[_Place, None] | OrderedDict[AuthKeyId, datetime]) -> None:
        while len(entries) > _REMEMBERED:
            entries.popitem(last=False)
