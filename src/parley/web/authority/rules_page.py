"""The rules by which orders are examined, public as data: checks, channels of countries, and their hashes."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from parley.legal.analysis.model import IndexValue
from parley.legal.disclosure.directory import fingerprint_of_key
from parley.legal.disclosure.signing import DeliveryKey
from parley.legal.rules_in_force import RulesInForce
from parley.staff.model import Realm
from parley.web.pages import render
from parley.web.sessions import find_person


class RulesPage:
    """Shows the data files of the analysis to everybody."""

    def __init__(self, rules: RulesInForce, own_country: str, delivery_key: DeliveryKey) -> None:
        self._rules = rules
        self._own_country = own_country
        self._key = delivery_key

    async def show(self, request: Request) -> Response:
        """List checks and channels."""
        await find_person(request, Realm.OFFICER)
        return render(
            request,
            "authority/rules.html",
            checks=self._rules.catalogue.checks,
            channels=sorted(self._rules.catalogue.channels.items()),
            default=self._rules.catalogue.default,
            screen=[(country, value) for country, values in self._screen() for value in values],
            hashes=self._rules.hashes,
            own_country=self._own_country,
            key_fingerprint=fingerprint_of_key("delivery", self._key.public),
            key_entry=self._key.opening.sha256,
        )

    def _screen(self) -> list[tuple[str, tuple[IndexValue, ...]]]:
        return sorted(self._rules.catalogue.screen.items())


class SigningKeyPage:
    """The key that signs the manifests of deliveries, for the recipients' own programs."""

    def __init__(self, delivery_key: DeliveryKey) -> None:
        self._key = delivery_key

    async def show(self, request: Request) -> Response:
        """Give the public key as PEM."""
        return PlainTextResponse(self._key.pem, media_type="application/x-pem-file")
