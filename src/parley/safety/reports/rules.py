"""The report menu as a walk over the policies, and the reading of messages to @SearchReport.

The walk keeps no state: each answer carries the option that the client sends next, as Telegram's
`messages.report` has it (https://core.telegram.org/api/report).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from parley.safety.errors import NothingToReport, UnknownOption
from parley.safety.policies import Policy, policies
from parley.safety.reports.model import AddComment, ChooseOption, Chosen, MenuOption, Outcome, SearchReport

MENU_TITLE = "What is wrong with this?"
REPORTS_PER_DAY = 60
"""More than anyone reads in good faith; a flood of reports buries those of others."""
MAX_COMMENT = 512
MAX_TERM = 128
_COMMENT_STAGE = b"c"

#: Telegram's ReportReason constructors (`inputReportReason…`, account.reportPeer) and the policy of each.
REASON_POLICIES: Mapping[str, str] = {
    "spam": "spam",
    "violence": "violence",
    "pornography": "other",
    "childabuse": "child_abuse",
    "other": "other",
    "copyright": "copyright",
    "geoirrelevant": "other",
    "fake": "scam",
    "illegaldrugs": "drugs",
    "personaldetails": "stolen_data",
}

_LINK = re.compile(r"(?:https?://)?(?:[\w.\-]+(?::\d+)?/)(?:s/)?@?([A-Za-z][A-Za-z0-9_]{3,31})(?:/\d+)?/?(?=\s|$)")
_DOMAIN_LINK = re.compile(r"tg://resolve\?domain=([A-Za-z][A-Za-z0-9_]{3,31})\S*")
_NAME = re.compile(r"(?<!\w)@([A-Za-z][A-Za-z0-9_]{3,31})\b")
_COMMAND = re.compile(r"^/\w+(?:@\w+)?\s*")


def walk(option: bytes, comment: str) -> ChooseOption | AddComment | Chosen:
    """Answer one step of the menu. An empty option opens it. Raises UnknownOption."""
    if not option:
        return ChooseOption(MENU_TITLE, _options(None))
    commented = option.endswith(_COMMENT_STAGE)
    chosen = _by_option(option.removesuffix(_COMMENT_STAGE))
    if nested := _options(chosen.name):
        return ChooseOption(chosen.title, nested)
    if chosen.comment_required and not (commented and comment.strip()):
        return AddComment(optional=False, option=_bytes(chosen) + _COMMENT_STAGE)
    return Chosen(chosen.name)


def _options(parent: str | None) -> tuple[MenuOption, ...]:
    return tuple(MenuOption(p.title, _bytes(p)) for p in policies().values() if p.parent == parent)


def _bytes(of: Policy) -> bytes:
    return str(of.option).encode()


def _by_option(option: bytes) -> Policy:
    for candidate in policies().values():
        if _bytes(candidate) == option:
            return candidate
    raise UnknownOption("this reason is not on the menu")


def policy_of_reason(reason: str) -> str:
    """The policy of a reason, by its TL name (`inputReportReasonChildAbuse`) or the end of it (`childAbuse`)."""
    return REASON_POLICIES.get(reason.removeprefix("inputReportReason").lower(), "other")


def read_search_report(text: str, forwarded_from: str | None = None) -> SearchReport:
    """Read a message to @SearchReport: a term, `@name`, a link, several of these, or a forwarded post.

    Raises NothingToReport for a message that names nothing (a bare command, a greeting's emoji).
    """
    rest = _COMMAND.sub("", text.strip())
    found = _DOMAIN_LINK.search(rest) or _LINK.search(rest) or _NAME.search(rest)
    username = found[1] if found else forwarded_from
    if forwarded_from is not None:
        rest = ""
    term = rest[: found.start()] + rest[found.end() :] if found and rest else rest
    term = " ".join(term.strip(" :,;–-\"'«»“”\n").split())[:MAX_TERM]
    if not username and not any(c.isalnum() for c in term):
        raise NothingToReport("send a search term, a link, or forward a search result")
    return SearchReport(term or None, username)


def outcome_text(outcome: Outcome, about: str) -> str:
    """What the reporter reads when the case is closed; it tells nothing about other reporters or the owner."""
    if outcome is Outcome.ACTED:
        return f"Thank you for your report about {about}. A moderator reviewed it and took action under our terms."
    return (
        f"Thank you for your report about {about}. A moderator reviewed it and found no breach of our terms. "
        "If you see something new, report it again."
    )


def received_text(about: str) -> str:
    """What @SearchReport answers at once."""
    return f"Thank you. Your report about {about} is with our moderators; you will hear the outcome here."
