"""What can go wrong with a backup."""

from parley.core.errors import ParleyError


class BackupError(ParleyError):
    """Root of everything that this folder raises."""


class BackupFailed(BackupError):
    """The backup could not be written; the unfinished file is removed."""


class AnotherRuns(BackupError):
    """Two backups of one data directory do not run at once."""


class RecipientInvalid(BackupError):
    """Not an age or SSH public key."""


class IdentityInvalid(BackupError):
    """Not an age identity, or not the one that the backup was made for."""


class BackupDamaged(BackupError):
    """The file is cut short, was changed, or is no backup of ours."""


class NotEmpty(BackupError):
    """A backup is restored into an empty data directory only."""


class TooNew(BackupError):
    """The backup was made by a newer version of this program."""
