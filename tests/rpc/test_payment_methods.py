"""payments.*: a person sees what the ledger says that they have, and of nobody else."""

from parley.economy.ledger.model import NANOS_PER_STAR, Entry, Posting, holder_of
from parley.tl import functions, types


async def test_a_person_sees_their_own_stars_alone(server):
    alice = await server.person("+4930111111", "Alice")
    bob = await server.person("+4930222222", "Bob")
    mine = functions.payments.GetStarsStatus(peer=types.InputPeerSelf())
    assert (await alice.call(mine)).balance == types.StarsAmount(amount=0, nanos=0)
    amount = 3 * NANOS_PER_STAR + 5
    gift = (Posting("issuance", -amount), Posting(holder_of(alice.account), amount))
    await server.services.balances.post(Entry("gift", "test", gift))
    assert (await alice.call(mine)).balance == types.StarsAmount(amount=3, nanos=5)
    assert (await bob.call(mine)).balance == types.StarsAmount(amount=0, nanos=0)
    assert await bob.refused(functions.payments.GetStarsStatus(peer=bob.peer(alice))) == "PEER_ID_INVALID"
