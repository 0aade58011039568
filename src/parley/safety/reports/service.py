"""Takes reports in from every door, with a snapshot, and tells reporters what came of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from parley.core.clock import Clock
from parley.core.ids import AccountId, CaseId, ReportId, new_id
from parley.safety.errors import SubjectNotFound, TooManyReports
from parley.safety.policies import policies
from parley.safety.ports import SubjectSnapshots, Usernames
from parley.safety.reports import rules, store
from parley.safety.reports.model import Chosen, Outcome, Report, Reported, ReportStep, Via
from parley.safety.review import gathering, log
from parley.safety.review import store as case_store
from parley.safety.statements.rules import words_for
from parley.safety.statements.service import send
from parley.safety.subjects import Snapshot, Subject, SubjectKind
from parley.storage.database import Database, Executor

TERM_POLICY = "illegal_goods"
"""What an unspecified report of a search result is filed under until a moderator has looked."""


class Reports:
    """The doors for reports."""

    def __init__(self, database: Database, snapshots: SubjectSnapshots, usernames: Usernames, clock: Clock) -> None:
        self._database = database
        self._snapshots = snapshots
        self._usernames = usernames
        self._clock = clock

    async def step(
        self,
        reporter: AccountId,
        subject: Subject,
        message_ids: Sequence[int],
        option: bytes,
        comment: str,
        via: Via = Via.CHAT,
    ) -> ReportStep:
        """One step of the report menu (Telegram's `messages.report`).

        Raises UnknownOption, SubjectNotFound and TooManyReports.
        """
        answer = rules.walk(option, comment)
        if not isinstance(answer, Chosen):
            return answer
        return await self.file(reporter, subject, answer.policy, comment, via, message_ids)

    async def with_reason(self, reporter: AccountId, subject: Subject, reason: str, comment: str) -> Reported:
        """A report with one of Telegram's ReportReason constructors (`account.reportPeer`), named as in TL."""
        return await self.file(reporter, subject, rules.policy_of_reason(reason), comment, Via.PROFILE)

    async def file(
        self,
        reporter: AccountId | None,
        subject: Subject,
        policy: str,
        comment: str,
        via: Via,
        message_ids: Sequence[int] = (),
        term: str | None = None,
    ) -> Reported:
        """File a report. `reporter` is None for notices from outside. Raises SubjectNotFound, TooManyReports."""
        if policy not in policies():
            policy = "other"
        await self._check_rate(reporter)
        snapshot = await self._snapshots.take(subject, reporter, message_ids)
        if snapshot is None:
            raise SubjectNotFound("there is nothing to report here")
        return await self._store(reporter, subject, policy, comment, via, message_ids, term, snapshot)

    async def search_report(self, reporter: AccountId, text: str, forwarded_from: Subject | None = None) -> str:
        """A message to @SearchReport; the answer to send. Raises NothingToReport, SubjectNotFound, TooManyReports.

        A term joins the gravest open case among what search shows for it: the report is about those results.
        Without one the term has a case of its own.
        """
        said = rules.read_search_report(text, forwarded_from.key if forwarded_from else None)
        subject = forwarded_from
        if subject is None and said.username:
            subject = await self._usernames.subject_of(said.username)
            if subject is None and said.term is None:
                raise SubjectNotFound("nobody has this name")
        if subject is not None:
            reported = await self._about_entity(reporter, subject, said.term)
        else:
            reported = await self._about_term(reporter, str(said.term))
        return rules.received_text(reported)

    async def _about_entity(self, reporter: AccountId, subject: Subject, term: str | None) -> str:
        await self.file(reporter, subject, TERM_POLICY, "", Via.BOT, term=term)
        if term:
            await store.count_term(self._database, Subject.term(term).name, self._clock.now())
        return f"the search term “{term}”" if term else "this search result"

    async def _about_term(self, reporter: AccountId, term: str) -> str:
        subject = Subject.term(term)
        await self._check_rate(reporter)
        snapshot = await self._snapshots.take(subject, reporter)
        if snapshot is None:
            now = self._clock.now()
            snapshot = Snapshot(subject, now, term, None, "", 0, None, None, ())
        await store.count_term(self._database, subject.name, self._clock.now())
        shown = await case_store.open_among(self._database, snapshot.results)
        target = shown.subject if shown else subject
        await self._store(reporter, target, TERM_POLICY, "", Via.BOT, (), term, snapshot)
        return f"the search term “{term}”"

    async def _store(
        self,
        reporter: AccountId | None,
        subject: Subject,
        policy: str,
        comment: str,
        via: Via,
        message_ids: Sequence[int],
        term: str | None,
        snapshot: Snapshot,
    ) -> Reported:
        now = self._clock.now()
        arrival = gathering.Arrival(subject, policy, snapshot)
        async with self._database.transaction() as conn:
            case = await gathering.find_or_open(conn, arrival, now)
            report = Report(
                report_id=ReportId(new_id()),
                reporter=reporter,
                subject=subject,
                message_ids=tuple(message_ids),
                policy=policy,
                comment=comment.strip()[: rules.MAX_COMMENT],
                term=term,
                via=via,
                filed_at=now,
                case_id=case.case_id,
                snapshot_id=await case_store.save_snapshot(conn, snapshot),
            )
            if reporter is not None and (earlier := await store.same_open(conn, report)):
                return Reported(earlier)
            await store.insert(conn, report)
            merged = await gathering.refresh(conn, case, arrival, now)
            await log.append(
                conn, case.case_id, now, "reporter", "reported",
                {"report": report.report_id, "policy": policy, "via": via.value, "queue": merged.queue.value},
            )  # fmt: skip
        return Reported(report.report_id)

    async def _check_rate(self, reporter: AccountId | None) -> None:
        if reporter is None:
            return
        if await store.count_of_day(self._database, reporter, self._clock.now()) >= rules.REPORTS_PER_DAY:
            raise TooManyReports("too many reports today; thank you, we have enough to look at")


async def tell_reporters(
    conn: Executor, case: CaseId, kind: SubjectKind, title: str, outcome: Outcome, now: datetime
) -> int:
    """Give all reports of a case their outcome and tell each reporter once per door; how many were told."""
    told: set[tuple[AccountId, str]] = set()
    for report in await store.close(conn, case, outcome, now):
        sender = "search_report" if report.via is Via.BOT else "service"
        if report.reporter is None or (report.reporter, sender) in told:
            continue
        told.add((report.reporter, sender))
        about = f"the search term “{report.term}”" if report.term else words_for(kind, title)
        await send(conn, f"outcome-{report.report_id}", report.reporter, rules.outcome_text(outcome, about), sender)
    return len(told)
