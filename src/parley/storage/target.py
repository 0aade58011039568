"""Where the database is and how each duty connects to it, embedded or external alike."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from parley.storage.roles import Duty, role_name

DATABASE_NAME = "parley"


@dataclass(frozen=True, slots=True)
class Target:
    """An address of a database. ``host`` is a directory with a socket when it begins with a slash."""

    host: str
    port: int = 5432
    database: str = DATABASE_NAME
    external: bool = False
    passwords: Mapping[str, str] = field(default_factory=dict, repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_url(cls, url: str, passwords: Mapping[str, str] | None = None) -> "Target":
        """Read ``postgresql://host:port/name?sslmode=…``. The user in it is ignored: each duty has its own role.

        ``passwords`` maps a role name to its password; roles without one rely on what the server offers
        (peer, certificates, a password file).
        """
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        host = options.pop("host", None) or parts.hostname or "localhost"
        return cls(
            host=host,
            port=parts.port or int(options.pop("port", "5432")),
            database=unquote(parts.path.lstrip("/")) or DATABASE_NAME,
            external=True,
            passwords=passwords or {},
            options=options,
        )

    def named(self, database: str) -> "Target":
        """The same server, another database."""
        return Target(self.host, self.port, database, self.external, self.passwords, self.options)

    def arguments(self, duty: Duty) -> dict[str, Any]:
        """Keyword arguments for ``asyncpg.connect`` as the role of ``duty``."""
        return self.arguments_for(role_name(duty))

    def arguments_for(self, role: str) -> dict[str, Any]:
        """Keyword arguments for ``asyncpg.connect`` as ``role``."""
        found: dict[str, Any] = {
            "host": self.host, "port": self.port, "user": role, "database": self.database,
        }  # fmt: skip
        if role in self.passwords:
            found["password"] = self.passwords[role]
        found["ssl"] = self.options.get("sslmode", "prefer") if self.external else False
        return found
