"""What the server's own accounts say: reports of search results, figures, appeals, how long addresses are kept."""

from __future__ import annotations

from parley.app.snapshots import subject_of
from parley.core.errors import ParleyError
from parley.core.ids import AccountId
from parley.legal.reporting.service import Reporting
from parley.legal.vault.errors import RetentionInvalid
from parley.legal.vault.rules import check_retention
from parley.messenger.accounts.retention import RetentionWishes
from parley.messenger.messages.model import Message
from parley.safety.appeals.service import Appeals
from parley.safety.reports.service import Reports

_SERVICE_HELP = (
    "This is the service account of this server. It takes:\n"
    "/appeal NUMBER your reasons: a complaint about a statement of reasons that you got here\n"
    "/retention: how long the addresses of your connections are kept; /retention DAYS: for a shorter time"
)
_REPORT_HELP = (
    "Tell us about search: send the term that you typed, a link or an @name, or forward a post that you found. "
    "People look at every report, and you hear the outcome here."
)


def sender_of(message: Message) -> AccountId:
    """Who wrote to a robot."""
    return AccountId(message.peer.id)


class SearchReportBot:
    """@SearchReport."""

    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    async def answer(self, message: Message) -> str | None:
        """Take a report and thank for it, or say what is missing."""
        if message.text.strip() in ("/start", "/help"):
            return _REPORT_HELP
        source = message.forward.from_peer if message.forward else None
        try:
            return await self._reports.search_report(
                sender_of(message), message.text, subject_of(source) if source else None
            )
        except ParleyError as refused:
            return f"{str(refused)[:1].upper()}{str(refused)[1:]}. {_REPORT_HELP}"


class TransparencyBot:
    """@transparency: every country, to anyone; what was asked is kept nowhere."""

    def __init__(self, reporting: Reporting) -> None:
        self._reporting = reporting

    async def answer(self, message: Message) -> str | None:
        """Give the figures that were asked for."""
        return await self._reporting.answer(message.text)


class ServiceBot:
    """The service account 777000. `origin` is where links lead."""

    def __init__(self, appeals: Appeals, wishes: RetentionWishes, origin: str) -> None:
        self._appeals = appeals
        self._wishes = wishes
        self._origin = origin

    async def answer(self, message: Message) -> str | None:
        """Take an appeal or a choice of retention; explain itself to everything else."""
        words = message.text.split()
        if words[:1] == ["/retention"]:
            return await self._retention(sender_of(message), words[1:])
        appealed = await self._appeals.from_chat(sender_of(message), message.text)
        return _SERVICE_HELP if appealed is None else appealed

    async def _retention(self, account: AccountId, words: list[str]) -> str:
        chosen = words[0].lower() if words else ""
        if chosen != "default" and not (chosen.isascii() and chosen.isdigit() and len(chosen) < 4):
            return await self._what_holds(account)
        days = None if chosen == "default" else int(chosen)
        try:
            if days is not None:
                check_retention(days, self._wishes.operator_days)
        except RetentionInvalid as refused:
            return f"This is not possible: {refused}."
        await self._wishes.choose(account, days)
        kept = self._wishes.operator_days if days is None else days
        return f"From tomorrow on the addresses of your connections are kept for {kept} days."

    async def _what_holds(self, account: AccountId) -> str:
        current = await self._wishes.current(account)
        said = f"The addresses of your connections stay for {current} days. "
        said += "Send /retention and a number of days (1, 3, 7 or 14), or /retention default."
        if not self._wishes.shorter_than(current):
            return said
        link = f"{self._origin}/retention/{await self._wishes.make_link(account)}"
        return (
            f"{said}\n\nOr shorten it on this page, which works once and for ten minutes:\n{link}\n"
            "It asks you for no code, number or password: a page that does is not ours."
        )
