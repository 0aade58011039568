"""Refusals of the staff room, as people at the desk may read them."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound, ParleyError


class StaffError(ParleyError):
    """Root of the staff room's refusals."""


class NameInvalid(StaffError, Invalid):
    """A name has to have 1 to 64 printable characters and no space at its ends."""


class RoleInvalid(StaffError, Invalid):
    """A person needs at least one role, and only known ones."""


class NameTaken(StaffError, Conflict):
    """Somebody of that name is on the list already."""


class StaffNotFound(StaffError, NotFound):
    """Nobody of that name or id is on the list."""


class EnrolmentInvalid(StaffError, NotFound):
    """The enrolment link was never issued, has been used, or is too old."""


class PasskeyTaken(StaffError, Conflict):
    """The passkey is registered already."""


class LastPasskey(StaffError, Conflict):
    """A person's only passkey cannot be removed; they add another one first."""


class StaffDisabled(StaffError, Forbidden):
    """The person may not sign in any more."""
