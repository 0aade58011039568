"""The actions on policies: read what holds, accept it, find out who has to be asked."""

from __future__ import annotations

from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import AccountId
from parley.policy import rules, store
from parley.policy.library import Library
from parley.policy.model import Acceptance, Document, Kind
from parley.storage.database import Database


class Policies:
    """The documents of this server and what its accounts said to them."""

    def __init__(self, db: Database, clock: Clock, library: Library) -> None:
        self._db = db
        self._clock = clock
        self._library = library

    def current(self, kind: Kind) -> Document:
        """Give the version that holds now."""
        return self.at(kind, self._clock.now())

    def at(self, kind: Kind, moment: datetime) -> Document:
        """Give the version that held at a moment (days change at midnight UTC).

        Raises:
            DocumentNotFound: none held yet.
        """
        return self._library.at(kind, moment.date())

    def version(self, kind: Kind, version: str) -> Document:
        """Give a version by its name.

        Raises:
            DocumentNotFound: there is no such version.
        """
        return self._library.version(kind, version)

    def versions(self, kind: Kind) -> tuple[Document, ...]:
        """Give all versions of a document, newest first, announced ones included."""
        return self._library.versions(kind)

    async def accept(self, account: AccountId, document_id: str) -> Document:
        """Note that an account accepts a version, named as clients name it (`terms-1.0`).

        Raises:
            DocumentNotFound: there is no such version.
        """
        document = self._library.by_id(document_id)
        await store.insert_acceptance(self._db, account, document, self._clock.now())
        return document

    async def acceptances(self, account: AccountId) -> list[Acceptance]:
        """Say what an account has accepted, and when."""
        return await store.acceptances(self._db, account)

    async def needs_acceptance(self, account: AccountId) -> Document | None:
        """Give the document that an account has to be asked about, or None."""
        accepted = {(a.document, a.version) for a in await self.acceptances(account)}
        for kind in rules.TO_ACCEPT:
            current = self.current(kind)
            if rules.must_accept(current, accepted):
                return current
        return None

    async def forget(self, account: AccountId) -> None:
        """Delete the acceptances of an account that was deleted."""
        await store.forget(self._db, account)
