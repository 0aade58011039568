"""What can go wrong with a notice or with the table of its rules."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, NotFound
from parley.legal.errors import LegalError


class NoticeError(LegalError):
    """The root of this room's refusals."""


class CaseUnknown(NoticeError, NotFound):
    """No notices are kept for this order."""


class NoticeUnknown(NoticeError, NotFound):
    """No such notice, or not this person's."""


class NoticeSettled(NoticeError, Conflict):
    """The notice was sent or withheld already."""


class NotProposed(NoticeError, Conflict):
    """Nobody proposed to withhold this notice."""


class NotBarred(NoticeError, Conflict):
    """Nothing bars telling of this order, so there is nothing to lift."""


class GagInvalid(NoticeError, Conflict):
    """A gag that names no judge, basis or end, or that would end no later than the one that holds."""


class SamePerson(NoticeError, Forbidden):
    """Withholding a notice and lifting a gag need two different people."""


class NoticeTableDamaged(NoticeError):
    """The table of notice rules cannot be read, or has no rule for this instrument."""
