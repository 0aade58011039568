"""What an operator installs from `deploy/` starts the parts as the right users with options that exist."""

from __future__ import annotations

import argparse
import configparser
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from parley.app import layout
from parley.app.cli.options import add_server_options
from parley.core.parts import Part
from parley.core.settings import Settings, load
from parley.core.tasks import Supervisor
from parley.storage.bus import Silence
from parley.storage.nats_bus import NatsBus
from tests.journeys.waiting import until
from tests.nats_server import NatsServer

DEPLOY = Path(__file__).parents[2] / "deploy"
UNIT = DEPLOY / "parley@.service"
NO_FILE = Path(os.devnull)
PASSWORDS = {"BUS_MTPROTO": "m" * 20, "BUS_HTTP": "h" * 20, "BUS_LEGAL": "l" * 20, "BUS_WORKER": "w" * 20}


def unit(path: Path) -> configparser.ConfigParser:
    found = configparser.ConfigParser(strict=False, interpolation=None)
    found.optionxform = str  # type: ignore[assignment,method-assign]
    found.read(path)
    return found


def variables(part: Part) -> dict[str, str]:
    lines = (DEPLOY / "parts" / f"{part}.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def settings(words: list[str], environ: Mapping[str, str]) -> Settings:
    """What the program reads, but for the settings of a Parley that is installed on the machine of the tests."""
    parser = argparse.ArgumentParser()
    add_server_options(parser)
    given = {k: v for k, v in vars(parser.parse_args(words)).items() if v is not None and k in Settings.__slots__}
    return load(given, environ, NO_FILE)


def compose() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
    return found


@pytest.mark.parametrize("part", list(Part))
def test_the_unit_starts_each_part_as_its_own_user(part: Part) -> None:
    """The walls stand as installed: the user, the data directory and every option are what the program expects."""
    service = unit(UNIT)["Service"]
    assert service["User"].replace("%i", part) == service["Group"].replace("%i", part) == part.user
    program, serve, *words = shlex.split(service["ExecStart"].replace("%i", part))
    assert (program, serve) == ("/opt/parley/.venv/bin/parley", "serve")
    found = settings(words, variables(part))
    assert found.only is part
    assert str(found.data_dir) == service["ReadWritePaths"]
    assert service["NoNewPrivileges"] == "yes"
    assert service["CapabilityBoundingSet"] == ""
    known = {f"PARLEY_{name.upper()}" for name in Settings.__slots__}
    assert set(variables(part)) <= known


def test_the_target_starts_every_part_once() -> None:
    """One command starts the whole server."""
    wanted = unit(DEPLOY / "parley.target")["Unit"]["Wants"].split()
    assert sorted(wanted) == sorted(["parley-bus.service", *(f"parley@{part}.service" for part in Part)])


def test_the_system_users_are_those_that_the_program_asks_for() -> None:
    """Each part's user exists and is in the groups that its files need, and nobody else is."""
    text = (DEPLOY / "parley-parts.sysusers").read_text()
    users = set(re.findall(r"^u (\S+)", text, re.MULTILINE))
    assert users == {part.user for part in Part} | {"parley-bus"}
    members = set(re.findall(r"^m (\S+) (\S+)", text, re.MULTILINE))
    expected = {(part.user, layout.EVERY_PART) for part in Part}
    assert members == expected | {(part.user, layout.ERASURE_GROUP) for part in layout.SEALERS}
    made = (DEPLOY / "Dockerfile").read_text()
    assert f"for part in {' '.join(Part)};" in made


@pytest.mark.parametrize("part", list(Part))
def test_the_containers_start_each_part_as_its_own_user(part: Part) -> None:
    """The same walls hold between containers on one volume; none has a privilege to walk through them."""
    service = compose()["services"][str(part)]
    assert service["user"] == part.user
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    environ = {
        key: value.replace("${", "").replace("}", "") for key, value in service.get("environment", {}).items()
    }
    environ = {key: "https://chat.example.org" if key.endswith("_URL") and "BUS" not in key else value
               for key, value in environ.items()}  # fmt: skip
    if part in (Part.MTPROTO, Part.HTTP):
        assert "PARLEY_ADVERTISED_IP" in environ, "clients and the start page name one address, no container's"
        environ["PARLEY_ADVERTISED_IP"] = "203.0.113.5"
    assert settings(["--data-dir", "/var/lib/parley", *service["command"]], environ).only is part
    ports = [port for port in service.get("ports", ()) if not port.startswith("127.0.0.1:")]
    assert ports == (["8443:8443"] if part is Part.MTPROTO else [])


def test_no_image_names_a_registry() -> None:
    """The operator decides where images come from."""
    for service in compose()["services"].values():
        assert not re.search(r"[./]", service["image"].partition(":")[0])


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    """No directive is misspelt."""
    for path in [*DEPLOY.glob("*.service"), DEPLOY / "parley.target"]:
        shutil.copy(path, tmp_path)
    names = [f"parley@{part}.service" for part in Part]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *(str(tmp_path / name) for name in [*names, "parley.target"])],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    wrong = [line for line in done.stderr.splitlines() if "Unknown" in line or "Failed to parse" in line]
    assert not wrong


@pytest.fixture
async def nats(tmp_path: Path) -> AsyncIterator[NatsServer]:
    """The bus as it is installed."""
    server = NatsServer(tmp_path, DEPLOY / "nats.conf", PASSWORDS)
    await server.start()
    yield server
    await server.stop()


async def test_the_pages_cannot_hear_who_gets_messages(nats: NatsServer) -> None:
    """On the bus each part says and hears what its work needs: the pages ask, and hear of no box."""
    heard: list[str] = []

    async def listen(subject: str, payload: bytes) -> None:
        heard.append(subject)

    async def known(payload: bytes) -> bytes:
        return b"yes"

    async with Supervisor() as tasks:
        buses = {part: NatsBus(nats.url_of(part, PASSWORDS[f"BUS_{part.upper()}"]), part)
                 for part in (Part.MTPROTO, Part.HTTP, Part.LEGAL, Part.WORKER)}  # fmt: skip
        for part, bus in buses.items():
            tasks.service(part, bus.connect)
            await until(lambda bus=bus: bus.connected, what=f"the bus of {part}")
        await buses[Part.MTPROTO].answer("ask.face", known)
        await buses[Part.MTPROTO].subscribe("wake.mtproto", listen)
        for part in (Part.HTTP, Part.LEGAL, Part.WORKER):
            await buses[part].subscribe("box.>", listen)
        await buses[Part.MTPROTO].publish("box.42", b"somebody gets a message")
        await buses[Part.HTTP].publish("event.AccountChanged", b"a lie")
        assert await buses[Part.HTTP].ask("ask.face", b"") == b"yes"
        with pytest.raises(Silence):
            await buses[Part.WORKER].ask("ask.face", b"", 0.5)
        await buses[Part.LEGAL].publish("wake.mtproto", b"")
        await until(lambda: heard, what="the wake-up")
        assert heard == ["wake.mtproto"]
        for bus in buses.values():
            await bus.close()
