"""Notices from outside by a public form (Regulation (EU) 2022/2065, Article 16), and what came of each."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime

from parley.core.errors import NotFound
from parley.core.ids import ReportId
from parley.safety.errors import NothingToReport, SubjectNotFound
from parley.safety.policies import policies
from parley.safety.ports import Usernames
from parley.safety.reports import rules
from parley.safety.reports.model import Outcome, Via
from parley.safety.reports.service import Reports
from parley.storage.database import Database

NAMELESS_POLICIES = frozenset({"child_abuse"})
"""Article 16(2)(c): no name is asked for where the notice is about child sexual abuse."""
_EMAIL = re.compile(r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s]{2,}$")


@dataclass(frozen=True, slots=True)
class Notice:
    """What the form asks for: where (link or @name), why it is illegal, who says so, and that they mean it."""

    where: str
    policy: str
    explanation: str
    name: str
    email: str
    good_faith: bool


@dataclass(frozen=True, slots=True)
class NoticeStatus:
    """What the sender can look up with the reference number."""

    filed_at: datetime
    outcome: Outcome | None
    outcome_at: datetime | None


def check(notice: Notice) -> dict[str, str]:
    """What is missing, by field, in words for the sender; empty when the notice is complete."""
    errors: dict[str, str] = {}
    try:
        if rules.read_search_report(notice.where).username is None:
            errors["where"] = "Give the link or the @name."
    except NothingToReport:
        errors["where"] = "Give the link or the @name."
    if notice.policy not in policies():
        errors["policy"] = "Choose what it is about."
    if len(notice.explanation.strip()) < 10:
        errors["explanation"] = "Say in a sentence or two why it is illegal."
    if notice.policy not in NAMELESS_POLICIES:
        if not notice.name.strip():
            errors["name"] = "Give your name."
        if not _EMAIL.match(notice.email.strip()):
            errors["email"] = "Give an e-mail address at which you can be reached."
    if not notice.good_faith:
        errors["good_faith"] = "Confirm that the notice is accurate to your knowledge."
    return errors


class Notices:
    """Takes notices in. The link must lead to something that search or a username can name."""

    def __init__(self, database: Database, reports: Reports, usernames: Usernames) -> None:
        self._database = database
        self._reports = reports
        self._usernames = usernames

    async def file(self, notice: Notice) -> ReportId:
        """File a complete notice; the reference number. Raises SubjectNotFound."""
        username = rules.read_search_report(notice.where).username
        subject = await self._usernames.subject_of(username) if username else None
        if subject is None:
            raise SubjectNotFound("nothing public has this name here")
        reported = await self._reports.file(None, subject, notice.policy, notice.explanation, Via.DSA_NOTICE)
        if notice.name.strip() and notice.email.strip():
            await self._database.execute(
                "INSERT INTO safety.notifiers (report_id, name, email) VALUES ($1,$2,$3)",
                reported.report_id, notice.name.strip()[:200], notice.email.strip()[:254],
            )  # fmt: skip
        return reported.report_id

    async def status(self, reference: str) -> NoticeStatus:
        """What came of a notice. Raises NotFound for a number that was not given out by the form."""
        row = await self._database.fetchrow(
            "SELECT filed_at, outcome, outcome_at FROM safety.reports WHERE report_id=$1 AND via='dsa_notice'",
            reference,
        )
        if row is None:
            raise NotFound("no notice has this number")
        outcome = Outcome(row["outcome"]) if row["outcome"] else None
        return NoticeStatus(row["filed_at"], outcome, row["outcome_at"])
