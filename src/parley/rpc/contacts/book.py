"""The address book."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from parley.core.ids import AccountId
from parley.core.peers import Peer
from parley.messenger.contacts.model import PhoneEntry
from parley.messenger.errors import BadRequest
from parley.rpc.answers import updates
from parley.rpc.context import Context
from parley.rpc.convert import peers as convert_peers
from parley.rpc.convert import users as convert_users
from parley.rpc.peers import resolve_user, users
from parley.rpc.registry import method
from parley.rpc.users.people import peer_settings
from parley.tl import functions, types


@method("contacts.getContacts")
async def get_contacts(
    ctx: Context, request: functions.contacts.GetContacts
) -> types.contacts.Contacts | types.contacts.ContactsNotModified:
    """Give the address book, or say that the caller's copy is still right."""
    book = await ctx.services.books.of(ctx.me)
    if request.hash and request.hash == list_hash([len(book), *sorted(book)]):
        return types.contacts.ContactsNotModified()
    seen = await ctx.services.people.seen_by(ctx.me, book.keys())
    return types.contacts.Contacts(
        contacts=[types.Contact(user_id=i, mutual=person.mutual) for i, person in sorted(seen.items())],
        saved_count=len(book),
        users=await users(ctx, book.keys()),
    )


@method("contacts.getContactIDs")
async def get_contact_ids(ctx: Context, request: functions.contacts.GetContactIDs) -> list[int]:
    """Give the ids of the address book; none when the caller's copy is still right."""
    ids = sorted(await ctx.services.books.of(ctx.me))
    return [] if request.hash and request.hash == list_hash(ids) else [int(ident) for ident in ids]


@method("contacts.getStatuses")
async def get_statuses(ctx: Context, request: functions.contacts.GetStatuses) -> list[types.ContactStatus]:
    """Give the presence of the contacts."""
    seen = await ctx.services.people.statuses(ctx.me)
    return [
        types.ContactStatus(user_id=ident, status=convert_users.status(status)) for ident, status in seen.items()
    ]


@method("contacts.importContacts")
async def import_contacts(
    ctx: Context, request: functions.contacts.ImportContacts
) -> types.contacts.ImportedContacts:
    """Add those of a device's entries whose numbers are found; the others are not kept."""
    entries = [_entry(given) for given in request.contacts]
    found = await ctx.services.contacts.import_phones(ctx.me, entries)
    return types.contacts.ImportedContacts(
        imported=[types.ImportedContact(user_id=i.account_id, client_id=i.client_id) for i in found],
        popular_invites=[],
        retry_contacts=[],
        users=await users(ctx, {entry.account_id for entry in found}),
    )


@method("contacts.addContact")
async def add_contact(ctx: Context, request: functions.contacts.AddContact) -> types.Updates:
    """Add or rename a contact."""
    person = resolve_user(ctx, request.id)
    note: Any = request.note
    await ctx.services.contacts.add(
        ctx.me,
        person,
        request.first_name,
        request.last_name,
        phone=request.phone,
        share_phone=request.add_phone_privacy_exception,
        note=note.text if note is not None else "",
    )
    return await _changed(ctx, [person])


@method("contacts.updateContactNote")
async def update_contact_note(ctx: Context, request: functions.contacts.UpdateContactNote) -> bool:
    """Write one's own note on a contact."""
    note: Any = request.note
    await ctx.services.contacts.set_note(ctx.me, resolve_user(ctx, request.id), note.text)
    return True


@method("contacts.acceptContact")
async def accept_contact(ctx: Context, request: functions.contacts.AcceptContact) -> types.Updates:
    """Add back somebody who has added the caller, under their own name, and let them see the caller's number."""
    person = resolve_user(ctx, request.id)
    if not await ctx.services.books.has(person, ctx.me):
        raise BadRequest("CONTACT_REQ_MISSING")
    account = await ctx.services.accounts.get(person)
    await ctx.services.contacts.add(ctx.me, person, account.first_name, account.last_name, share_phone=True)
    return await _changed(ctx, [person])


@method("contacts.deleteContacts")
async def delete_contacts(ctx: Context, request: functions.contacts.DeleteContacts) -> types.Updates:
    """Remove contacts."""
    people = [resolve_user(ctx, given) for given in request.id]
    await ctx.services.contacts.delete(ctx.me, people)
    return await _changed(ctx, people)


@method("contacts.deleteByPhones")
async def delete_by_phones(ctx: Context, request: functions.contacts.DeleteByPhones) -> bool:
    """Remove the contacts that hold these numbers."""
    await ctx.services.contacts.delete_by_phones(ctx.me, request.phones)
    return True


def list_hash(ids: Iterable[int]) -> int:
    """Hash a list of ids as clients do to compare their copy (core.telegram.org/api/offsets#hash-generation)."""
    value = 0
    for ident in ids:
        value ^= value >> 21
        value ^= (value << 35) & (2**64 - 1)
        value ^= value >> 4
        value = (value + ident) & (2**64 - 1)
    return value - 2**64 if value >= 2**63 else value


def _entry(given: Any) -> PhoneEntry:
    return PhoneEntry(given.client_id, given.phone, given.first_name, given.last_name)


async def _changed(ctx: Context, people: list[AccountId]) -> types.Updates:
    told = [
        types.UpdatePeerSettings(
            peer=convert_peers.peer(Peer.user(person)), settings=await peer_settings(ctx, person)
        )
        for person in people
    ]
    return await updates(ctx, told, [Peer.user(person) for person in people])
