"""An operator's choices hold in their order, and a wrong one is refused with its name."""

from __future__ import annotations

from pathlib import Path

import pytest

from parley.core.errors import ConfigurationError
from parley.core.settings import Settings, default_data_dir, is_loopback, load


def test_flags_go_before_variables_before_the_file(tmp_path: Path) -> None:
    (tmp_path / "parley.toml").write_text('http-port = 1\nmtproto_port = 1\nhost = "127.0.0.3"\n')
    environ = {"PARLEY_HTTP_PORT": "2", "PARLEY_MTPROTO_PORT": "2"}
    settings = load({"data_dir": tmp_path, "http_port": 3}, environ)
    assert (settings.http_port, settings.mtproto_port, settings.host) == (3, 2, "127.0.0.3")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"http_port": 70_000}, "http_port"),
        ({"http_port": "many"}, "http_port"),
        ({"dev": "perhaps"}, "dev"),
        ({"retention_days": 400}, "retention_days"),
        ({"trusted_proxy": ("somewhere",)}, "trusted_proxy"),
        ({"advertised_ip": ("chat.example.org",)}, "advertised_ip"),
        ({"advertised_ip": ("0.0.0.0",)}, "advertised_ip"),  # noqa: S104 -- refused, not listened on
        ({"advertised_ip": ("::",)}, "advertised_ip"),
        ({"advertised_port": 70_000}, "advertised_port"),
        ({"operator_size": "huge"}, "operator_size"),
        ({"operator_offers_in_eu": "perhaps"}, "operator_offers_in_eu"),
        ({"colour": "red"}, "colour"),
        ({"dev": True, "host": "192.0.2.1"}, "development"),
        ({"dev": True, "public_url": "https://chat.example.org"}, "development"),
        ({"only": "kitchen"}, "only"),
        ({"only": "http"}, "bus_url"),
        ({"bus_url": "https://localhost"}, "bus_url"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(tmp_path: Path, wrong: dict[str, object], named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load({"data_dir": tmp_path, **wrong}, {})


def test_a_variable_that_lists_nothing_or_has_spaces_is_read_as_meant() -> None:
    environ = {"PARLEY_ADVERTISED_IP": "", "PARLEY_TRUSTED_PROXY": "10.0.0.0/8, 192.0.2.0/24"}
    settings = load({}, environ)
    assert (settings.advertised_ip, settings.trusted_proxy) == ((), ("10.0.0.0/8", "192.0.2.0/24"))


def test_a_broken_or_missing_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "parley.toml").write_text("host = ")
    with pytest.raises(ConfigurationError, match=r"parley\.toml"):
        load({"data_dir": tmp_path}, {})
    with pytest.raises(ConfigurationError, match="no settings file"):
        load({}, {"PARLEY_CONFIG": str(tmp_path / "none.toml")})


def test_links_for_people_use_localhost_because_passkeys_do_not_work_on_an_address() -> None:
    assert Settings(http_port=8080).origin == "http://localhost:8080"
    assert Settings(public_url="https://chat.example.org/").origin == "https://chat.example.org"
    assert Settings(public_url="https://chat.example.org").rp_id == "chat.example.org"


def test_root_and_people_have_their_own_default_folders(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/somebody")
    assert default_data_dir(0) == Path("/var/lib/parley")
    assert default_data_dir(1000) == Path("/srv/somebody/parley")


@pytest.mark.parametrize(
    ("host", "answer"), [("127.0.0.1", True), ("::1", True), ("localhost", True), ("192.0.2.1", False)]
)
def test_loopback_is_recognised(host: str, answer: bool) -> None:
    assert is_loopback(host) is answer
