"""The operator's SMS gateway can tell that a request is ours, and people are told when it fails."""

import json
from datetime import timedelta

import httpx
import pytest

from parley.messenger.accounts.model import CodeDelivery
from parley.messenger.accounts.senders import DevelopmentCodes, FormerKey, WebhookSender, sign
from parley.messenger.errors import BadRequest


async def test_the_webhook_is_signed_over_time_and_body(clock):
    seen = []

    def gateway(request):
        seen.append(request)
        return httpx.Response(204)

    async with httpx.AsyncClient(transport=httpx.MockTransport(gateway)) as client:
        sender = WebhookSender("https://sms.example/send", b"secret", clock, client)
        await sender.send(CodeDelivery("4930111111", "12345", None, clock.now()))
    [request] = seen
    assert json.loads(request.content)["phone"] == "+4930111111"
    expected = sign(b"secret", request.headers["Parley-Timestamp"], request.content)
    assert request.headers["Parley-Signature"] == expected
    assert sign(b"other", request.headers["Parley-Timestamp"], request.content) != expected


@pytest.mark.parametrize("failure", [500, "unreachable"])
async def test_a_gateway_that_fails_is_reported_to_the_client(clock, failure):
    def gateway(request):
        if failure == "unreachable":
            raise httpx.ConnectError("no route")
        return httpx.Response(failure)

    async with httpx.AsyncClient(transport=httpx.MockTransport(gateway)) as client:
        sender = WebhookSender("https://sms.example/send", b"secret", clock, client)
        with pytest.raises(BadRequest, match="SMS_CODE_CREATE_FAILED"):
            await sender.send(CodeDelivery("4930111111", "12345", None, clock.now()))


async def test_the_development_page_shows_the_newest_code_of_a_number(clock):
    codes = DevelopmentCodes()
    for code in ("11111", "22222"):
        await codes.send(CodeDelivery("4930111111", code, None, clock.now()))
    assert codes.newest("+49 30 111111") == "22222"
    assert codes.recent() == [("4930111111", "22222")]
    assert codes.newest("1") is None


def test_a_delivery_shows_neither_number_nor_code_when_printed(clock):
    shown = repr(CodeDelivery("4930111111", "12345", None, clock.now()))
    assert "4930111111" not in shown
    assert "12345" not in shown


async def test_a_gateway_with_either_key_knows_our_requests_while_the_key_is_changed(clock):
    seen = []

    def gateway(request):
        seen.append(request)
        return httpx.Response(204)

    until = clock.now() + timedelta(days=30)
    async with httpx.AsyncClient(transport=httpx.MockTransport(gateway)) as client:
        sender = WebhookSender("https://sms.example/send", b"new", clock, client, FormerKey(b"old", until))
        await sender.send(CodeDelivery("4930111111", "12345", None, clock.now()))
        clock.set(until)
        await sender.send(CodeDelivery("4930111111", "12345", None, clock.now()))
    during, after = seen
    stamp, body = during.headers["Parley-Timestamp"], during.content
    assert during.headers["Parley-Signature"] == sign(b"old", stamp, body)
    assert during.headers["Parley-Signature-Next"] == sign(b"new", stamp, body)
    assert after.headers["Parley-Signature"] == sign(b"new", after.headers["Parley-Timestamp"], after.content)
    assert "Parley-Signature-Next" not in after.headers
