"""What can be wrong with a log, a proof, a signature or a receipt; a verifier tells these apart for people."""

from __future__ import annotations

from parley.core.errors import Conflict, Invalid, NotFound
from parley.legal.errors import LegalError


class TranslogError(LegalError):
    """The root of the public log's refusals."""


class Malformed(TranslogError, Invalid):
    """Bytes that are not what the log's formats allow: a note, a checkpoint, a tile, an opening, a receipt."""


class ProofInvalid(TranslogError):
    """A Merkle proof, root or commitment does not come out as claimed."""


class SignatureInvalid(TranslogError):
    """No trusted key signed, or a trusted key's signature does not verify."""


class CosignaturesMissing(TranslogError):
    """Fewer trusted witnesses have cosigned the checkpoint than the policy demands."""


class LogForked(TranslogError):
    """The log contradicts what was signed or seen before: less than before, or another past. Never go on."""


class EntryUnknown(TranslogError, NotFound):
    """No entry has this id."""


class EntryPending(TranslogError, Conflict):
    """The entry waits for its batch, so that no proof exists yet."""


class ProofLost(TranslogError, NotFound):
    """The entry is in the log, and hashes that would prove it are lost. A receipt from before stays valid."""


class QuarterNotOpened(TranslogError, NotFound):
    """The openings of this quarter have not been published yet."""


class TileUnknown(TranslogError, NotFound):
    """The published log has no such tile, checkpoint or witness."""
