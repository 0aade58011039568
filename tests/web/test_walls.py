"""The walls around every page hold: hosts, sizes, rates, form tokens, headers, and no traceback for anybody."""

import logging
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from parley.core.clock import ManualClock
from parley.core.errors import ConfigurationError, Conflict, Forbidden, Invalid, NotFound
from parley.storage.pools import Pools
from parley.web.application import build
from parley.web.csrf import action, exempt
from parley.web.limits import Buckets, Doors
from parley.web.parts import DEFAULT_DOORS, Door, Part
from parley.web.security import is_loopback_host
from parley.web.site import Site
from tests.web.conftest import Browser

SECRET = "the number is 4915112345678"


async def broken(request: Request) -> Response:
    raise RuntimeError(SECRET)


async def refused(request: Request) -> Response:
    kinds: dict[str, type[Exception]] = {
        "not-found": NotFound, "forbidden": Forbidden, "conflict": Conflict, "invalid": Invalid
    }  # fmt: skip
    raise kinds[request.path_params["kind"]]("because")


@action
async def change(request: Request) -> Response:
    return PlainTextResponse("changed")


@exempt("it reads the body and changes nothing")
async def swallow(request: Request) -> Response:
    return PlainTextResponse(str(len(await request.body())))


ROUTES = (
    Route("/broken", broken),
    Route("/refused/{kind}", refused),
    Route("/change", change, methods=["POST"]),
    Route("/swallow", swallow, methods=["POST"]),
    Route("/bot1/swallow", swallow, methods=["POST"]),
)


def app_of(clock: ManualClock, origin: str = "http://localhost:8080", *doors: Door) -> Any:
    """Build an application with a few handlers that misbehave."""
    site = Site(origin=origin, clock=clock, secret=bytes(32))
    return build(site, [Part("test", ROUTES, doors)])


@pytest.fixture
def browser(clock: ManualClock) -> Browser:
    return Browser(app_of(clock))


async def test_a_fault_gives_an_incident_number_and_nothing_else(
    browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.ERROR):
        answer = await browser.get("/broken")
    assert answer.status_code == 500
    assert "Incident number" in answer.text
    assert "RuntimeError" not in answer.text
    assert SECRET not in answer.text + caplog.text, "an error's text may quote a person's data"
    assert "incident" in caplog.text
    assert "in broken" in caplog.text, "the log says where"


@pytest.mark.parametrize(
    ("kind", "status"), [("not-found", 404), ("forbidden", 403), ("conflict", 409), ("invalid", 422)]
)
async def test_refusals_are_pages_for_people_and_problems_for_programs(
    browser: Browser, kind: str, status: int
) -> None:
    page = await browser.get(f"/refused/{kind}")
    assert page.status_code == status
    assert "because" in page.text
    problem = await browser.get(f"/refused/{kind}", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
    assert problem.json()["detail"] == "because"


async def test_an_unknown_page_and_a_wrong_method_are_told_apart(browser: Browser) -> None:
    assert (await browser.get("/nowhere")).status_code == 404
    wrong = await browser.get("/change")
    assert wrong.status_code == 405
    assert "POST" in wrong.headers["allow"]


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "", "a b", "[::1"])
async def test_a_foreign_host_name_reaches_nothing(browser: Browser, host: str) -> None:
    assert (await browser.get("/nowhere", headers={"host": host})).status_code == 421


@pytest.mark.parametrize("host", ["localhost:1", "127.0.0.1:8080", "[::1]:8080", "192.0.2.7"])
async def test_our_own_names_and_bare_addresses_do(browser: Browser, host: str) -> None:
    assert (await browser.get("/nowhere", headers={"host": host})).status_code == 404


def test_development_doors_open_to_this_machine_only() -> None:
    assert all(map(is_loopback_host, ("localhost", "localhost:80", "127.0.0.1", "127.9.9.9:1", "[::1]:8080")))
    assert not any(map(is_loopback_host, ("", "192.0.2.1", "example.org", "localhost.example.org", "[::2]")))


async def test_every_answer_carries_the_security_headers(browser: Browser) -> None:
    for path in ("/nowhere", "/broken", "/static/parley.css"):
        headers = (await browser.get(path)).headers
        assert "default-src 'none'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert "strict-transport-security" not in headers


async def test_https_adds_hsts_and_host_cookies(pools: Pools, clock: ManualClock) -> None:
    from tests.web.conftest import Desk

    desk = Desk.over(pools, clock, "https://chat.example.org")
    answer = await Browser(desk.app, "https://chat.example.org").get("/desk/sign-in")
    assert "max-age=" in answer.headers["strict-transport-security"]
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-parley_form=")
    assert all(word in cookie for word in ("Secure", "HttpOnly", "Path=/"))


async def test_private_pages_are_kept_by_no_cache(browser: Browser) -> None:
    assert (await browser.get("/desk/anything")).headers["cache-control"] == "no-store"


async def test_static_files_may_be_kept_when_asked_for_by_their_hash(browser: Browser) -> None:
    assert "immutable" in (await browser.get("/static/parley.css?v=1")).headers["cache-control"]


async def test_a_form_without_its_token_changes_nothing(browser: Browser) -> None:
    assert (await browser.http.post("/change", data={"x": "y"})).status_code == 403
    assert (await browser.http.post("/change", data={"csrf_token": "0" * 64})).status_code == 403


async def test_a_form_from_another_site_changes_nothing(browser: Browser) -> None:
    for headers in ({"origin": "http://evil.example"}, {"sec-fetch-site": "cross-site"}, {"origin": "null"}):
        assert (await browser.http.post("/change", headers=headers)).status_code == 403


async def test_too_large_a_body_is_refused_however_it_is_announced(clock: ManualClock) -> None:
    browser = Browser(app_of(clock, "http://localhost:8080", Door("/swallow", max_body=1000)))

    async def unannounced() -> Any:
        for _ in range(5):
            yield b"x" * 300

    assert (await browser.http.post("/swallow", content=b"x" * 1000)).text == "1000"
    assert (await browser.http.post("/swallow", content=b"x" * 1001)).status_code == 413
    assert (await browser.http.post("/swallow", content=unannounced())).status_code == 413


async def test_programs_get_a_problem_document_with_the_limit(clock: ManualClock) -> None:
    browser = Browser(app_of(clock, "http://localhost:8080", Door("/bot", max_body=1024)))
    answer = await browser.http.post("/bot1/swallow", content=b"x" * 2000, headers={"accept": "*/*"})
    assert answer.json()["status"] == 413
    assert "1 KiB" in answer.json()["detail"]


async def test_who_asks_too_often_waits(clock: ManualClock) -> None:
    browser = Browser(app_of(clock, "http://localhost:8080", Door("/nowhere", burst=3, per_second=0.1)))
    for _ in range(3):
        assert (await browser.get("/nowhere")).status_code == 404
    answer = await browser.get("/nowhere")
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) in range(1, 11)
    assert (await browser.get("/elsewhere")).status_code == 404, "another door is not affected"


def test_a_bucket_fills_again_and_addresses_do_not_share_one() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    door = Door("/x", burst=2, per_second=0.5)
    assert [buckets.take(door, "a") for _ in range(3)] == [0, 0, 2]
    assert buckets.take(door, "b") == 0
    now[0] = 2.0
    assert buckets.take(door, "a") == 0
    assert buckets.take(door, "a") > 0


def test_addresses_are_kept_as_short_hashes_that_end_with_the_hour() -> None:
    now = [0.0]
    buckets = Buckets(lambda: now[0])
    buckets.take(Door("/x"), "192.0.2.7")
    (name,) = buckets._buckets
    assert len(name) == 8
    now[0] = 3600.0
    buckets.take(Door("/x"), "192.0.2.8")
    assert name not in buckets._buckets


def test_the_longest_prefix_names_the_door() -> None:
    doors = Doors([*DEFAULT_DOORS, Door("/desk"), Door("/desk/sign-in", methods=frozenset({"POST"}))])
    assert doors.of("/desk/sign-in", "POST").prefix == "/desk/sign-in"
    assert doors.of("/desk/sign-in", "GET").prefix == "/desk"
    assert doors.of("/", "GET").prefix == "/"


def test_a_changing_route_without_a_form_token_does_not_get_in(clock: ManualClock) -> None:
    async def unguarded(request: Request) -> Response:
        return PlainTextResponse("changed")

    site = Site(origin="http://localhost", clock=clock, secret=bytes(32))
    with pytest.raises(ConfigurationError, match="without @action"):
        build(site, [Part("bad", (Route("/x", unguarded, methods=["POST"]),))])


def test_secrets_do_not_show_in_the_sites_text(clock: ManualClock) -> None:
    assert "secret" not in repr(Site(origin="http://localhost", clock=clock, secret=b"secret" * 6)).replace(
        "secret=", ""
    )
