"""What can go wrong in the vault."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound
from parley.legal.errors import LegalError


class VaultError(LegalError):
    """Root of the vault's errors."""


class MalformedRecord(VaultError, Invalid):
    """Bytes that are no sealed record, no share or no address of this format."""


class SealBroken(VaultError, Invalid):
    """A seal does not open: the wrong key, another account or day, or changed bytes."""


class ErasureKeyGone(VaultError):
    """The erasure key of that day has been shredded (or never came along with a backup): nothing opens it."""


class ErasureKeyExists(VaultError):
    """An erasure key of that name is there already."""


class CustodianUnknown(VaultError, Forbidden):
    """No active custodian has this id or key."""


class EnrolmentRefused(VaultError, Forbidden):
    """An enrolment token that is unknown, used or too old, or a key that is registered already."""


class TooManyCustodians(VaultError, Conflict):
    """Every pair of custodians costs two seals for each account and day, so their number is limited."""


class PolicyInvalid(VaultError, Invalid):
    """A policy of a custodian's tool that no release could fulfil."""


class ReasonMissing(VaultError, Invalid):
    """A step that is recorded with its reason, and none was given."""


class RotationRefused(VaultError, Conflict):
    """A rotation that was not begun, or shares that do not belong to the custodian."""


class RewrapRefused(VaultError, Conflict):
    """A step of a succession that is not this custodian's, or for somebody who is no successor."""


class RetentionInvalid(VaultError, Invalid):
    """A retention that is longer than the operator's or than twelve months."""


class HoldNotFound(VaultError, NotFound):
    """No such preservation snapshot, or it has lapsed."""
