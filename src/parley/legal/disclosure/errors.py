"""What can go wrong with a release or a delivery."""

from __future__ import annotations

from parley.legal.errors import LegalError


class DisclosureError(LegalError):
    """Root of the release's errors."""


class RequestInvalid(DisclosureError):
    """A release request whose members contradict each other or that is not canonical JSON."""


class AssertionInvalid(DisclosureError):
    """A passkey signature that does not fit the key, the page's origin, or what had to be signed."""


class ReleaseNotFound(DisclosureError):
    """No such release, or not this person's to see."""


class ReleaseNotReady(DisclosureError):
    """The release waits for an earlier step: a signature, the log's batch, or the first custodian."""


class ReleaseClosed(DisclosureError):
    """The release is past this step: delivered, expired or withdrawn."""


class SamePerson(DisclosureError):
    """Each step needs two different people."""


class RoleMissing(DisclosureError):
    """The person has no part in this step."""


class PackageInvalid(DisclosureError):
    """Bytes that are no release package, no passed share or no upload of this format."""


class DeliveryInvalid(DisclosureError):
    """A sealed delivery whose parts do not fit together, or whose signature does not verify."""


class DeliveryGone(DisclosureError):
    """The delivery was acknowledged or has expired, and its content was wiped."""
