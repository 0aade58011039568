"""What can go wrong in the safety room, under one root; the edge maps each to a Telegram error or a page."""

from __future__ import annotations

from parley.core.errors import Conflict, Forbidden, Invalid, NotFound, ParleyError


class SafetyError(ParleyError):
    """Root of the safety room's errors."""


class ModelUnreadable(SafetyError):
    """The classifier's weights are missing or damaged."""


class UnknownOption(SafetyError, Invalid):
    """A report menu option that this server never offered."""


class SubjectNotFound(SafetyError, NotFound):
    """What was reported does not exist for the person who reports it."""


class NothingToReport(SafetyError, Invalid):
    """A message to @SearchReport that names neither a term nor a link."""


class TooManyReports(SafetyError, Forbidden):
    """The account has filed more reports today than anyone reads in good faith."""


class CaseNotFound(SafetyError, NotFound):
    """No such case, or one of a queue that this person may not open."""


class CaseLocked(SafetyError, Conflict):
    """Another moderator is working on the case."""

    def __init__(self, holder: str) -> None:
        super().__init__(f"{holder} is working on this case")
        self.holder = holder


class NotYourLock(SafetyError, Conflict):
    """The moderator must hold the case's lock to do this."""


class CaseClosed(SafetyError, Conflict):
    """The case has been decided already."""


class SameReviewer(SafetyError, Conflict):
    """A second look must come from a second person."""


class InvalidDecision(SafetyError, Invalid):
    """A decision that lacks facts, names no known policy, or combines actions that exclude each other."""


class InvalidStatement(SafetyError, Invalid):
    """A statement of reasons that misses a field that the law asks for."""


class StatementNotFound(SafetyError, NotFound):
    """No such statement, or not addressed to this account."""


class AppealRefused(SafetyError, Invalid):
    """The six months for an appeal are over, or the appeal has no text."""


class AppealExists(SafetyError, Conflict):
    """This statement has been appealed already."""


class AppealNotFound(SafetyError, NotFound):
    """No such appeal, or it has been decided."""


class RuleNotFound(SafetyError, NotFound):
    """No automatic rule has this name."""


class RuleRefused(SafetyError, Conflict):
    """A change to a rule that its measured precision does not allow."""
