"""A custodian's own machine: the real tool `parley custodian`, with a scripted terminal instead of a keyboard."""

from __future__ import annotations

import asyncio
from argparse import ArgumentParser
from dataclasses import dataclass, field
from pathlib import Path

from parley.app.custodian import command
from parley.app.custodian.tool import Tool
from tests.legal_world import CHEAP, Screen


@dataclass
class Machine:
    """One person's machine; `said` is what the tool showed in its last run."""

    name: str
    key_file: Path
    screen: Screen = field(default_factory=Screen)

    @property
    def said(self) -> str:
        """What the tool showed last."""
        return self.screen.text

    async def run(self, *arguments: str) -> int:
        """Run `parley custodian …`; gives its exit code."""
        self.screen.lines.clear()
        parser = ArgumentParser()
        command.configure(parser)
        parsed = parser.parse_args([*arguments, "--key-file", str(self.key_file)])
        tool = Tool(self.key_file, self.screen, scrypt_n=CHEAP)
        return await asyncio.to_thread(command.carry_out, tool, parsed)

    async def must(self, *arguments: str) -> str:
        """Run a step that has to succeed; gives what the tool showed."""
        code = await self.run(*arguments)
        assert code == 0, f"parley custodian {' '.join(arguments)} ended with {code}:\n{self.said}"
        return self.said

    async def with_passphrase(self, passphrase: str, *arguments: str) -> int:
        """Run a step with another passphrase than the right one."""
        right, self.screen.passphrase = self.screen.passphrase, passphrase
        try:
            return await self.run(*arguments)
        finally:
            self.screen.passphrase = right
