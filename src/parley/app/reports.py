"""Fills the methods' `Reports` port with the safety room's report menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from parley.app.snapshots import subject_of
from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.errors import BadRequest, FloodWait
from parley.safety.errors import SubjectNotFound, TooManyReports, UnknownOption
from parley.safety.reports.model import AddComment, ChooseOption
from parley.safety.reports.service import Reports

_WAIT_S = 3600


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the menu as the methods see it."""

    title: str = ""
    options: Sequence[tuple[bytes, str]] = ()
    comment: bytes | None = None
    comment_optional: bool = False


class SafetyReports:
    """Translates between the two rooms' words."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def step(
        self, reporter: AccountId, subject: Peer, message_ids: Sequence[int], option: bytes, comment: str
    ) -> Step:
        """See the port."""
        try:
            answer = await self._reports.step(reporter, subject_of(subject), message_ids, option, comment)
        except (UnknownOption, SubjectNotFound, TooManyReports) as error:
            raise _refusal(error) from error
        if isinstance(answer, ChooseOption):
            return Step(answer.title, [(item.option, item.text) for item in answer.options])
        if isinstance(answer, AddComment):
            return Step(comment=answer.option, comment_optional=answer.optional)
        return Step()

    async def report_peer(self, reporter: AccountId, subject: Peer, reason: str, comment: str) -> None:
        """See the port."""
        name = f"inputReportReason{reason[:1].upper()}{reason[1:]}"
        try:
            await self._reports.with_reason(reporter, subject_of(subject), name, comment)
        except (SubjectNotFound, TooManyReports) as error:
            raise _refusal(error) from error


def _refusal(error: Exception) -> Exception:
    if isinstance(error, UnknownOption):
        return BadRequest("OPTION_INVALID")
    if isinstance(error, TooManyReports):
        return FloodWait(_WAIT_S)
    return BadRequest("PEER_ID_INVALID")
