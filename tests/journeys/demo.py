"""`make demo`: a server in development mode with a small world in it, ready to be looked at.

It starts `parley serve --dev`, plays the story of the journeys into it the first time, prints the server's own
ready line, and serves until it is told to stop. Options that it does not know go to `parley serve`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import re
import shutil
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

from parley.core.settings import default_data_dir
from tests.journeys import server_process
from tests.journeys.server_process import RunningServer
from tests.journeys.story import legal, small_world
from tests.signed_pdf import Court, court

_READY = re.compile(r"ready mtproto=(?P<host>\S+):(?P<mtproto>\d+) http=http://\S+:(?P<http>\d+)")


class Story:
    """What a data directory says about the story: not begun, begun, or played up to a clock that was moved."""

    def __init__(self, data_dir: Path) -> None:
        self.folder = data_dir / "demo"
        self._file = self.folder / "story.json"

    @property
    def ahead_s(self) -> float | None:
        """How far the played story moved the clock, or None while it has not been played to its end."""
        told = json.loads(self._file.read_text()) if self._file.exists() else {}
        return told.get("ahead_s")

    @property
    def begun(self) -> bool:
        """Whether a demonstration made this directory."""
        return self._file.exists()

    def begin(self) -> None:
        """Note that the directory is the demonstration's own."""
        self.folder.mkdir(parents=True, mode=0o700)
        self._file.write_text("{}")

    def played(self, now: datetime) -> None:
        """Note the end of the story and the server's time."""
        self._file.write_text(json.dumps({"ahead_s": (now - datetime.now(UTC)).total_seconds()}))


def main() -> int:
    """Run the demonstration; the exit code."""
    parser = argparse.ArgumentParser(prog="make demo", description=__doc__)
    default = os.environ.get("PARLEY_DATA_DIR") or default_data_dir() / "demo"
    parser.add_argument("--data-dir", type=Path, default=Path(default), help="where the small world lives")
    parser.add_argument("--pictures", type=Path, help="take the documentation's pictures into this folder, and end")
    options, rest = parser.parse_known_args()
    data_dir = options.data_dir.absolute()
    story = Story(data_dir)
    if story.begun and story.ahead_s is None:
        _say("the story was broken off; it begins again")
        shutil.rmtree(data_dir)
    elif not story.begun and data_dir.is_dir() and any(data_dir.iterdir()):
        _say(f"{data_dir} holds a server of its own; give an empty folder with --data-dir")
        return 2
    return asyncio.run(_demonstrate(data_dir, story, rest, options.pictures))


async def _demonstrate(data_dir: Path, story: Story, rest: list[str], pictures: Path | None) -> int:
    """Serve with the story in it until a signal comes or the server ends."""
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    founded = None if story.begun else _found(data_dir, story)
    command = server_process.command(data_dir, *rest, dev="--dev" not in rest)
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE)
    ended = asyncio.ensure_future(process.wait())
    told = asyncio.ensure_future(_tell(process, data_dir, story, founded, pictures))
    stopped = asyncio.ensure_future(stop.wait())
    waiting = {ended, stopped} | ({told} if pictures else set())
    try:
        await asyncio.wait({ended, stopped, told}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            told.result()
            await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (told, stopped):
            task.cancel()
        await asyncio.wait({told, stopped})
        code = await server_process.end(process)
        await ended
    return code


async def _tell(
    process: asyncio.subprocess.Process, data_dir: Path, story: Story, founded: Court | None, pictures: Path | None
) -> None:
    """Wait for the server, bring its world to the story's end, and pass its ready line on."""
    assert process.stdout is not None
    line = (await process.stdout.readline()).decode()
    found = _READY.match(line)
    if found is None:
        await process.wait()
        return
    server = RunningServer(
        data_dir, process, found["host"], int(found["mtproto"]), int(found["http"]), Path(os.devnull),
        await server_process.public_key(data_dir),
    )  # fmt: skip
    if founded is not None:
        await small_world.play(server, founded, story.folder, pictures)
        story.played(await legal.clock(server))
    else:
        await legal.clock(server, max(story.ahead_s or 0, 0))
    _say(f"look around at {server.url}, sign in as anybody at {server.url}/dev")
    sys.stdout.write(line)
    sys.stdout.flush()


def _found(data_dir: Path, story: Story) -> Court:
    """Found the story's court and let the operator trust its root."""
    story.begin()
    made = court()
    roots = data_dir / "legal" / "roots"
    roots.mkdir(parents=True)
    (roots / "court.pem").write_bytes(made.root_pem)
    return made


def _say(text: str) -> None:
    sys.stderr.write(f"demo: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
