"""Notices of the legal desk on their way to people: handed to the outbox by one part, said by another."""

from __future__ import annotations

from collections.abc import Sequence

from parley.app.service_account import ServiceAccount
from parley.core.ids import AccountId
from parley.legal.notices.model import Attachment
from parley.storage import outbox
from parley.storage.database import Database
from parley.storage.outbox import Item, Relay

#: Payload: `account`, `text`, `attachments` (name, media type, text of each), `key`.
NOTICE_TOPIC = "notify.notice"


class CarriedNotices:
    """Fills the port `NoticeSender` where nobody can write messages.

    The desk may not ask whether an account still exists, so what is handed over counts as sent; the part that says
    it says nothing to an account that is gone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send_notice(self, account: AccountId, text: str, attachments: Sequence[Attachment], key: str) -> bool:
        """See the port. A repeat is carried too, and said once."""
        files = [[item.name, item.media_type, item.data.decode()] for item in attachments]
        payload = {"account": account, "text": text, "attachments": files, "key": key}
        await outbox.put(self._database, "legal", NOTICE_TOPIC, payload)
        return True


def say_notices(relay: Relay, service_account: ServiceAccount) -> None:
    """Say what the legal desk has handed over."""

    async def notice(item: Item) -> None:
        said = item.payload
        attachments = [Attachment(name, kind, text.encode()) for name, kind, text in said["attachments"]]
        await service_account.send_notice(AccountId(said["account"]), said["text"], attachments, said["key"])

    relay.handle(NOTICE_TOPIC, notice)
