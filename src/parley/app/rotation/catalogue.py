"""Every secret of a server: where it lies, whose duty it is, what its loss and theft mean, how it is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Secret:
    """One secret. `file` is its name in the data directory, or where else it lies."""

    name: str
    file: str
    duty: str
    lost: str
    stolen: str
    change: str
    rotates: bool = True


SECRETS: Final = (
    Secret(
        "server",
        "secrets/server_key.pem",
        "whoever ships clients: they pin its public half",
        "no client recognizes the server; every client needs a new key",
        "somebody in the network's path can pose as the server to clients that sign in anew",
        "two keys are offered until a date; ship the new public key to clients before it",
    ),
    Secret(
        "accounts",
        "secrets/accounts",
        "the operator of the server",
        "no phone number can be read or found, and every session has ended",
        "with a copy of the database: every number, and every session can be taken over",
        "a new key at the next start; numbers and sessions move in the background, then the old key is destroyed",
    ),
    Secret(
        "access-hashes",
        "secrets/access_hashes",
        "the operator of the server",
        "clients have to look up again everybody whom they know",
        "clients of a thief can name people by their ids alone, whom the server never showed to them",
        "hashes under the old key count until a date; clients that were not used meanwhile look people up again",
    ),
    Secret(
        "pages",
        "secrets/pages",
        "the operator of the server",
        "forms that are open in browsers have to be reloaded",
        "form tokens can be made, which alone opens nothing: a session's cookie is needed besides",
        "at once at the next start, and pages.legal of a divided server with it; open forms are reloaded",
    ),
    Secret(
        "identity",
        "secrets/identity",
        "legal staff of a divided server: their part's share of the accounts key",
        "`parley parts prepare` derives it anew",
        "with a copy of the database: every number; no session",
        "it is a part of the accounts key, which cannot be changed on a divided server",
        rotates=False,
    ),
    Secret(
        "sms-webhook",
        "secrets/sms_webhook",
        "whoever looks after the SMS gateway: they hold a copy",
        "the gateway refuses; nobody new gets a code",
        "somebody can have the gateway send messages at your expense; no code can be read with it",
        "requests carry both signatures until a date; give the gateway the new key before it",
    ),
    Secret(
        "delivery",
        "secrets/delivery.key",
        "legal staff: authorities verify deliveries with its public half",
        "no delivery can be signed until custodians have pinned a new key",
        "somebody can sign files that look like deliveries of yours; it opens nothing",
        "the old key signs the new one over; the log publishes it, custodians run `parley custodian pin`",
    ),
    Secret(
        "database",
        "secrets/database.json",
        "whoever looks after the external PostgreSQL (the embedded one has no passwords)",
        "the server cannot log in; drawing new ones repairs it",
        "whoever also reaches the database's port reads and changes everything in it",
        "new passwords at once; stop the server before, start it after (needs --admin-url)",
    ),
    Secret(
        "log",
        "log/key",
        "the operator of the server; custodians and witnesses pin its public half",
        "the log cannot go on, and nothing can be disclosed until a new one has begun",
        "somebody can sign a second history, which followers and witnesses find",
        "a new log with a public reason; custodians and witnesses pin it anew (needs --reason)",
    ),
    Secret(
        "erasure",
        "erasure/",
        "nobody: the server makes and destroys them",
        "the addresses of those days are gone, as after their retention",
        "days can be opened by two custodians after their retention, if old rows were kept too",
        "each day has a key of its own",
        rotates=False,
    ),
    Secret(
        "custodians",
        "on each custodian's own machine",
        "each custodian their own",
        "days that were wrapped for that custodian and one other alone cannot be opened any more",
        "one half of what is sealed for their pairs; nothing without the passphrase and a second custodian",
        "`parley custodian rotate` on that machine",
        rotates=False,
    ),
)

NAMES: Final = tuple(secret.name for secret in SECRETS if secret.rotates)
