"""The registry's refusals."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound
from parley.legal.errors import LegalError


class AuthorityNotFound(LegalError, NotFound):
    """There is no such authority, or the caller may not know of it."""


class OfficerNotFound(LegalError, NotFound):
    """There is no such officer, or the caller may not know of them."""


class EntryInvalid(LegalError, Invalid):
    """A field of an entry breaks the rule that the message names."""


class SecondPersonNeeded(LegalError, Conflict):
    """This step needs another person than the one before."""


class OfficerExpired(LegalError, Forbidden):
    """Nobody has vouched for this officer in time, or they or their authority are suspended."""


class EnrolmentInvalid(LegalError, NotFound):
    """The enrolment link was used, is too old or was never issued."""


class PasskeyTaken(LegalError, Conflict):
    """The passkey is registered already."""
