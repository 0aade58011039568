"""What can go wrong below the rooms: the cluster, the database, migrations, blobs."""

from parley.core.errors import ParleyError


class StorageError(ParleyError):
    """Root of everything that this room raises."""


class ClusterError(StorageError):
    """The embedded database could not be set up, started or stopped."""


class DatabaseUnavailable(StorageError):
    """The database did not answer although the call was tried again."""


class MigrationError(StorageError):
    """A migration is missing, was changed after it ran, or failed."""


class BlobMissing(StorageError):
    """No blob has this digest."""


class BatchFailed(StorageError):
    """A batch of the box log was not committed; nothing of it was stored."""


class WriterClosed(StorageError):
    """The box log no longer takes writes because the server is stopping."""
