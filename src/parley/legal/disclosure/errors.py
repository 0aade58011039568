"""What can go wrong with a release or a delivery."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound
from parley.legal.errors import LegalError


class DisclosureError(LegalError):
    """Root of the release's errors."""


class RequestInvalid(DisclosureError, Invalid):
    """A release request whose members contradict each other or that is not canonical JSON."""


class AssertionInvalid(DisclosureError, Invalid):
    """A passkey signature that does not fit the key, the page's origin, or what had to be signed."""


class ReleaseNotFound(DisclosureError, NotFound):
    """No such release, or not this person's to see."""


class ReleaseNotReady(DisclosureError, Conflict):
    """The release waits for an earlier step: a signature, the log's batch, or the first custodian."""


class ReleaseClosed(DisclosureError, Conflict):
    """The release is past this step: delivered, expired or withdrawn."""


class NothingLost(DisclosureError, Conflict):
    """There is nothing to give up, or nobody has proposed it."""


class SamePerson(DisclosureError, Forbidden):
    """Each step needs two different people."""


class RoleMissing(DisclosureError, Forbidden):
    """The person has no part in this step."""


class PackageInvalid(DisclosureError, Invalid):
    """Bytes that are no release package, no passed share or no upload of this format."""


class DeliveryInvalid(DisclosureError, Invalid):
    """A sealed delivery whose parts do not fit together, or whose signature does not verify."""


class DeliveryGone(DisclosureError, Conflict):
    """The delivery was acknowledged or has expired, and its content was wiped."""
