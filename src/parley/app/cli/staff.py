"""Add people of the operator, list them, and give somebody a further enrolment link."""

from __future__ import annotations

import argparse

from parley.app.cli.acting import on_database
from parley.app.cli.options import add_database_options, settings_of
from parley.core.clock import SystemClock
from parley.core.settings import Settings
from parley.staff.errors import StaffNotFound
from parley.staff.model import Enrolment, Role, StaffMember
from parley.staff.service import Staff
from parley.storage.pools import Pools


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the steps and their options."""
    steps = parser.add_subparsers(dest="step", required=True, metavar="STEP")
    add = _step(steps, "add", "list a new person and print their one-time enrolment link")
    add.add_argument("name")
    roles = [str(role) for role in Role]
    add.add_argument("--role", action="append", required=True, choices=roles, help="may be given several times")
    _step(steps, "list", "show everybody with roles and state")
    invite = _step(steps, "invite", "print a further enrolment link, for another passkey or after a loss")
    invite.add_argument("name")


def _step(
    steps: argparse._SubParsersAction[argparse.ArgumentParser], name: str, text: str
) -> argparse.ArgumentParser:
    step = steps.add_parser(name, help=text, description=text)
    add_database_options(step)
    step.add_argument("--public-url", help="the address that people use, for the link")
    step.add_argument("--http-port", type=int, help="the port of the pages, for the link without a public URL")
    return step


def run(arguments: argparse.Namespace) -> int:
    """Do one step on the server's list of staff."""
    settings = settings_of(arguments)

    async def work(pools: Pools) -> int:
        staff = Staff(pools.of("staff"), SystemClock())
        if arguments.step == "add":
            _show_link(await staff.add(arguments.name, arguments.role), settings)
        elif arguments.step == "invite":
            _show_link(await staff.invite((await _named(staff, arguments.name)).staff_id), settings)
        else:
            for member in await staff.members():
                print(_line(member, len(await staff.passkeys(member.staff_id))))
        return 0

    return on_database(settings, work)


async def _named(staff: Staff, name: str) -> StaffMember:
    member = await staff.by_name(name)
    if member is None:
        raise StaffNotFound(f"nobody is called {name}; `parley staff list` shows who is there")
    return member


def _show_link(enrolment: Enrolment, settings: Settings) -> None:
    print(f"{settings.origin}/desk/enrol/{enrolment.token}")


def _line(member: StaffMember, passkeys: int) -> str:
    state = "barred" if member.disabled_at else "active" if passkeys else "not enrolled yet"
    roles = ",".join(sorted(str(role) for role in member.roles))
    return f"{member.name}\t{roles}\t{state}\tpasskeys={passkeys}\tseen by users as {member.pseudonym}"
