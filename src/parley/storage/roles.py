"""The duties: one LOGIN role each, none a member of another, so that one duty cannot become another."""

from dataclasses import dataclass
from typing import Final, Literal, get_args

Duty = Literal[
    "owner",
    "audit",
    "messenger",
    "seal",
    "safety",
    "economy",
    "legal",
    "log",
    "staff",
    "outbox",
    "backup",
    "public",
]

DUTIES: Final[tuple[Duty, ...]] = get_args(Duty)

ROLE_PREFIX: Final = "parley_"

FIRST_ROLES: Final = frozenset(
    f"parley_{duty}"
    for duty in (
        "owner",
        "audit",
        "messenger",
        "seal",
        "safety",
        "economy",
        "legal",
        "log",
        "staff",
        "outbox",
        "backup",
    )
)
"""The roles of clusters that do not say which they have: those of before a role was first added."""

SUPERUSER: Final = "parley_cluster"
"""The role that initdb makes. No system user is mapped to it, so nobody can log in as it."""


@dataclass(frozen=True, slots=True)
class DutyProfile:
    """What one duty is for, which schemas it may enter, and how many connections a process keeps for it at most."""

    purpose: str
    schemas: tuple[str, ...]
    connections: int = 3


PROFILES: Final[dict[Duty, DutyProfile]] = {
    "owner": DutyProfile("runs migrations and owns the tables", (), 2),
    "audit": DutyProfile("owns the audit trail and its appending function", (), 1),
    "messenger": DutyProfile("accounts, boxes, channels, media, terms", ("messenger", "policy"), 8),
    "seal": DutyProfile("inserts sealed addresses into the vault", ("vault",), 2),
    "safety": DutyProfile("reports, cases, decisions, appeals", ("safety",), 4),
    "economy": DutyProfile("ledger, Stars, advertisements", ("economy",), 3),
    "legal": DutyProfile(
        "orders, checks, releases; reads the vault and who held an identifier", ("legal", "vault", "messenger"), 4
    ),
    "log": DutyProfile("appends to the public log", ("translog",), 2),
    "staff": DutyProfile("staff, passkeys, their sessions", ("staff",), 3),
    "outbox": DutyProfile("carries effects from one duty to another; leases of background work", ("outbox",), 2),
    "backup": DutyProfile("reads everything for an encrypted backup", (), 1),
    "public": DutyProfile("reads what everybody may see of the log and of the vault", ("translog", "vault"), 3),
}

SHARED_SCHEMAS: Final = ("audit", "outbox")
"""Every duty may append to the audit trail and put items into the outbox."""


def role_name(duty: Duty) -> str:
    """The PostgreSQL role of a duty, for example ``parley_messenger``."""
    return ROLE_PREFIX + duty


def cluster_statements(existing: frozenset[str] = frozenset()) -> list[str]:
    """SQL, one line each, by which a superuser makes the roles that a cluster does not have yet; safe to repeat."""
    statements = [
        f"CREATE ROLE {role_name(duty)} LOGIN NOINHERIT;" for duty in DUTIES if role_name(duty) not in existing
    ]
    backup = role_name("backup")
    return [*statements, f"GRANT pg_read_all_data TO {backup} WITH INHERIT TRUE, SET FALSE;"]


def database_statements(database: str) -> list[str]:
    """SQL, one line each, by which a superuser says who may connect and who may make schemas; safe to repeat."""
    quoted = '"' + database.replace('"', '""') + '"'
    everyone = ", ".join(role_name(duty) for duty in DUTIES)
    return [
        f"ALTER DATABASE {quoted} OWNER TO {role_name('owner')};",
        f"REVOKE ALL ON DATABASE {quoted} FROM PUBLIC;",
        f"GRANT CONNECT ON DATABASE {quoted} TO {everyone};",
        f"GRANT CREATE ON DATABASE {quoted} TO {role_name('audit')};",
    ]
