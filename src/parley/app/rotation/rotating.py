"""The change of each secret that is a file: what is written, in which order, and what people have to do then."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from parley.app import keys
from parley.app.layout import is_divided
from parley.app.rotation import windows
from parley.app.rotation.windows import RotationRefused
from parley.core.files import replace_durably
from parley.legal.disclosure.signing import DeliveryKey
from parley.messenger.accounts.sealing import Secrets
from parley.mtproto.rsa_key import RsaKey

_SIZE = 32


@dataclass(frozen=True, slots=True)
class Change:
    """What a change needs to know."""

    data_dir: Path
    now: datetime
    window: timedelta

    @property
    def until(self) -> datetime:
        """When the old value stops counting."""
        return (self.now + self.window).replace(microsecond=0)

    def file(self, name: str) -> Path:
        """A secret's file.

        Raises:
            RotationRefused: a variable takes its place.
        """
        if keys.given_by_environment(name):
            variable = f"PARLEY_SECRET_{name.upper()}"
            raise RotationRefused(
                f"{variable} holds this secret: put the old value into {variable}_OLD, a new one here"
            )
        return keys.secrets_dir(self.data_dir) / name


def server(change: Change) -> str:
    """A second RSA key, offered before the old one."""
    path = change.file(keys.SERVER_KEY)
    keys.server_key(change.data_dir)
    new = RsaKey.generate()
    windows.begin(path, new.private_pem(), change.now, change.until)
    return (
        f"new fingerprint {new.fingerprint & (2**64 - 1):016x}; the old key is offered too until"
        f" {change.until:%Y-%m-%d}.\n"
        "Restart the server. Ship the new key (`parley public-key`) to all clients before that day."
    )


def accounts(change: Change) -> str:
    """A new key of the accounts. Access hashes, which clients keep, get a key of their own at the first time."""
    if is_divided(change.data_dir):
        raise RotationRefused("a divided server cannot change this key: its legal desk has a share of it")
    path = change.file("accounts")
    root = keys.secret(change.data_dir, "accounts")
    hashes = keys.secrets_dir(change.data_dir) / keys.ACCESS_HASHES
    if not keys.exists(change.data_dir, keys.ACCESS_HASHES):
        replace_durably(hashes, Secrets.derive(root).access_hash)
    windows.begin(path, secrets.token_bytes(_SIZE), change.now, None)
    return (
        "Restart the server, all of its processes together: it moves numbers and sessions to the new key,\n"
        "destroys the old one when nothing lies under it, and says so in its log and in the audit trail.\n"
        "Codes that were just sent are void."
    )


def access_hashes(change: Change) -> str:
    """A new key of access hashes; the old one counts for a time."""
    path = change.file(keys.ACCESS_HASHES)
    if not path.exists():
        replace_durably(path, Secrets.derive(keys.secret(change.data_dir, "accounts")).access_hash)
    windows.begin(path, secrets.token_bytes(_SIZE), change.now, change.until)
    return f"Restart the server. Hashes under the old key end at the first restart after {change.until:%Y-%m-%d}."


def pages(change: Change) -> str:
    """A new key of form tokens."""
    path = change.file("pages")
    replace_durably(path, secrets.token_bytes(_SIZE))
    legal = keys.secrets_dir(change.data_dir) / keys.LEGAL_PAGES
    if legal.exists():
        replace_durably(legal, secrets.token_bytes(_SIZE))
    return "Restart the server. Whoever has a form open reloads it; nobody is signed out."


def sms_webhook(change: Change) -> str:
    """A new key towards the SMS gateway; the old one signs too for a time."""
    path = change.file("sms_webhook")
    keys.secret(change.data_dir, "sms_webhook")
    windows.begin(path, secrets.token_bytes(_SIZE), change.now, change.until)
    return (
        f"Restart the server, then give the gateway {path} before {change.until:%Y-%m-%d}:\n"
        "until then requests carry Parley-Signature under the old key and Parley-Signature-Next under the new one."
    )


def delivery(change: Change) -> str:
    """A new delivery key, signed over by the old one."""
    key = DeliveryKey.succeed(keys.secrets_dir(change.data_dir) / "delivery.key")
    return (
        f"The public log will name the new key by {key.opening.sha256}.\n"
        "Restart the server, then tell every custodian to run `parley custodian pin`, which shows that the old\n"
        "key signed the new one over, and tell authorities to fetch /authority/delivery-key.pem again."
    )


ACTIONS: dict[str, Callable[[Change], str]] = {
    "server": server,
    "accounts": accounts,
    "access-hashes": access_hashes,
    "pages": pages,
    "sms-webhook": sms_webhook,
    "delivery": delivery,
}
#: What a former value that has a date can be of; the server destroys it when the date has passed.
WINDOWED = (keys.SERVER_KEY, keys.ACCESS_HASHES, "sms_webhook")


def destroy_over(data_dir: Path, now: datetime) -> list[str]:
    """Destroy former values whose date has passed; gives the names of their secrets."""
    folder = keys.secrets_dir(data_dir)
    over = [
        name
        for name in WINDOWED
        if windows.old_path(folder / name).exists() and not windows.under_way(folder / name, now)
    ]
    for name in over:
        windows.end(folder / name)
    return over
