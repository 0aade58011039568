"""A page shows the message that the server sent along, and nothing that somebody else put into the cookie."""

from __future__ import annotations

import pytest

from tests.web.conftest import Browser


@pytest.mark.parametrize("forged", [b"bm8.tag", "bm8.\u00fcber".encode("latin-1"), b"\xff.\xff", b"no point"])
async def test_a_cookie_that_the_server_did_not_sign_is_passed_over(visitor: Browser, forged: bytes) -> None:
    page = await visitor.get("/desk/sign-in", headers=[(b"cookie", b"parley_flash=" + forged)])
    assert page.status_code == 200
    assert 'class="flash"' not in page.text
