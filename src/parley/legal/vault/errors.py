"""What can go wrong in the vault."""

from __future__ import annotations

from parley.legal.errors import LegalError


class VaultError(LegalError):
    """Root of the vault's errors."""


class VaultDisabled(VaultError):
    """Fewer than two custodians are enrolled, so no address is kept."""


class MalformedRecord(VaultError):
    """Bytes that are no sealed record, no share or no address of this format."""


class SealBroken(VaultError):
    """A seal does not open: the wrong key, another account or day, or changed bytes."""


class ErasureKeyGone(VaultError):
    """The erasure key of that day has been shredded (or never came along with a backup): nothing opens it."""


class ErasureKeyExists(VaultError):
    """An erasure key of that name is there already."""


class CustodianUnknown(VaultError):
    """No active custodian has this id or key."""


class EnrolmentRefused(VaultError):
    """An enrolment token that is unknown, used or too old, or a key that is registered already."""


class TooManyCustodians(VaultError):
    """Every pair of custodians costs two seals for each account and day, so their number is limited."""


class RotationRefused(VaultError):
    """A rotation that was not begun, or shares that do not belong to the custodian."""


class RetentionInvalid(VaultError):
    """A retention that is longer than the operator's or than twelve months."""


class HoldNotFound(VaultError):
    """No such preservation snapshot, or it has lapsed."""
