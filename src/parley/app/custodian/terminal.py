"""How the tools speak with the person: plain lines, questions with a yes that must be typed, secrets unseen."""

from __future__ import annotations

import getpass
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_LONGEST = 400


class Terminal(Protocol):
    """A person at a keyboard."""

    def say(self, line: str) -> None:
        """Show one line."""
        ...

    def confirm(self, question: str) -> bool:
        """Ask for a yes; anything else is a no."""
        ...

    def secret(self, prompt: str) -> str:
        """Ask for a passphrase without showing it."""
        ...


@dataclass(frozen=True, slots=True)
class Console:
    """The real terminal. `yes` answers every question with yes; a passphrase file replaces the prompt."""

    yes: bool = False
    passphrase_file: Path | None = None

    def say(self, line: str) -> None:
        """Show one line on standard output."""
        sys.stdout.write(line + "\n")
        sys.stdout.flush()

    def confirm(self, question: str) -> bool:
        """Ask; only the whole word yes counts."""
        if self.yes:
            self.say(f"{question} yes (given on the command line)")
            return True
        sys.stdout.write(f"{question} [yes/no] ")
        sys.stdout.flush()
        return sys.stdin.readline().strip().lower() == "yes"

    def secret(self, prompt: str) -> str:
        """Read the passphrase from its file or from the keyboard."""
        if self.passphrase_file is not None:
            return self.passphrase_file.read_text("utf-8").rstrip("\r\n")
        return getpass.getpass(f"{prompt}: ")


def plain(value: object) -> str:
    """Make foreign text safe to show: no control characters that could repaint the screen, and not endless."""
    text = "".join(char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in str(value))
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
