"""A temporary key acts for a permanent one only after proof that the client holds both."""

import struct
import time

import pytest

from parley.mtproto.binding import read_request, verify
from parley.mtproto.errors import BindingInvalid
from tests.mtproto.peer import new_record
from tests.mtproto.seal_v1 import bind_query

PERMANENT, TEMPORARY = new_record(), new_record(expires_at=int(time.time()) + 86_400)
NOW = time.time()
UNTIL = int(NOW) + 3600


def check(query: bytes, *, msg_id: int = 8, session_id: int = 5, now: float = NOW) -> int:
    return verify(read_request(query), PERMANENT.key, TEMPORARY.auth_key_id, session_id, msg_id, now)


def test_a_client_with_both_keys_binds_them() -> None:
    assert check(bind_query(PERMANENT, TEMPORARY, session_id=5, msg_id=8, expires_at=UNTIL)) == UNTIL


def test_a_binding_does_not_last_for_ever() -> None:
    query = bind_query(PERMANENT, TEMPORARY, session_id=5, msg_id=8, expires_at=2**31 - 1)
    assert check(query) == int(NOW) + 7 * 24 * 3600


def test_proofs_for_something_else_are_refused() -> None:
    good = bind_query(PERMANENT, TEMPORARY, session_id=5, msg_id=8, expires_at=UNTIL)
    for options in ({"msg_id": 12}, {"session_id": 6}, {"now": UNTIL + 1.0}):
        with pytest.raises(BindingInvalid):
            check(good, **options)  # type: ignore[arg-type]
    other = new_record()
    for query in (
        bind_query(PERMANENT, other, session_id=5, msg_id=8, expires_at=UNTIL),
        bind_query(other, TEMPORARY, session_id=5, msg_id=8, expires_at=UNTIL),
        bind_query(PERMANENT, TEMPORARY, session_id=5, msg_id=8, expires_at=UNTIL, sealed_with=other),
        bind_query(PERMANENT, TEMPORARY, session_id=5, msg_id=8, expires_at=UNTIL, said_until=UNTIL + 1),
        good[:-20],
        struct.pack("<I", 0xCDD42A05),
    ):
        with pytest.raises(BindingInvalid):
            check(query)
