"""What can be wrong with a clock or with the data files that define them."""

from __future__ import annotations

from parley.legal.errors import LegalError


class ClockError(LegalError):
    """The root of this room's refusals."""


class ClockUnknown(ClockError):
    """No clock of this name is defined for this instrument."""


class TableDamaged(ClockError):
    """A data file of rules cannot be read; nothing that rests on it may go on."""
