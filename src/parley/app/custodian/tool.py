"""What every command of the tool starts from: the opened key file, its memory, and the connection."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from parley.app.custodian import keyfile
from parley.app.custodian.checks import Me
from parley.app.custodian.client import Client
from parley.app.custodian.keyfile import Keys
from parley.app.custodian.state import StateFile
from parley.app.custodian.terminal import Terminal
from parley.core.clock import Clock, SystemClock


@dataclass(frozen=True, slots=True)
class Tool:
    """One run of the tool. `scrypt_n` is the work that protects a new key file's passphrase."""

    key_file: Path
    terminal: Terminal
    clock: Clock = field(default_factory=SystemClock)
    scrypt_n: int = keyfile.SCRYPT_N

    @property
    def state_file(self) -> StateFile:
        """The memory beside the key file."""
        return StateFile.beside(self.key_file)

    @contextmanager
    def unlocked(self) -> Iterator[Unlocked]:
        """Open the key file with the person's passphrase, and the connection to the server that it names.

        Raises:
            KeyFileInvalid: it does not open.
        """
        outer = keyfile.read_outer(self.key_file)
        passphrase = self.terminal.secret(f"Passphrase of {outer.get('name', 'the key file')}")
        keys = keyfile.load(self.key_file, passphrase)
        with Client(keys.server, keys.custodian_id, keys.sign) as client:
            yield Unlocked(self, keys, passphrase, client)

    def save(self, keys: Keys, passphrase: str) -> None:
        """Write the key file."""
        keyfile.save(self.key_file, keys, passphrase, self.scrypt_n)


@dataclass(frozen=True, slots=True)
class Unlocked:
    """An opened key file with its connection."""

    tool: Tool
    keys: Keys
    passphrase: str
    client: Client

    @property
    def me(self) -> Me:
        """Who this is."""
        return Me(self.keys.custodian_id, self.keys.number, self.keys.cosigner)

    def save(self, keys: Keys) -> None:
        """Write changed keys or pins under the same passphrase."""
        self.tool.save(keys, self.passphrase)
