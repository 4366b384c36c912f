"""Settings come from the environment or a file, are absolute once read, and say which one is wrong."""

from pathlib import Path

import pytest

from errors import SettingsError
from settings import Settings, load_settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"FENGPING_{name.upper()}", raising=False)
    monkeypatch.chdir(tmp_path)


def test_every_setting_has_a_default_and_a_description() -> None:
    load_settings()
    assert all(field.description for field in Settings.model_fields.values())


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FENGPING_PORT=9000\nFENGPING_HOST_GAP=0\n", "utf-8")
    monkeypatch.setenv("FENGPING_PORT", "9001")
    settings = load_settings()
    assert (settings.port, settings.host_gap) == (9001, 0.0)


def test_a_relative_home_is_absolute_once_read(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("FENGPING_HOME", "here")
    settings = load_settings()
    monkeypatch.chdir("/")
    assert settings.home == tmp_path / "here"
    assert settings.store_url == f"sqlite:///{tmp_path / 'here' / 'fengping.db'}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "eighty"),
        ("PORT", "70000"),
        ("HOST_GAP", "-1"),
        ("UNSURE_BELOW", "2"),
        ("MAX_BYTES", "1"),
        ("TIMEZONE", "Mars/One"),
        ("TIMEZONE", "../../etc/passwd"),
        ("LOG_LEVEL", "LOUD"),
        ("ALLOW_HOSTS", "127.0.0.1:80, feeds.lan"),
        ("USER_AGENT", "风评"),
        ("USER_AGENT", "a\nX-Other: 1"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"FENGPING_{name}", value)
    with pytest.raises(SettingsError, match=f"FENGPING_{name}"):
        load_settings()


def test_a_wrong_database_says_what_to_write(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGPING_DATABASE_URL", "my database")
    with pytest.raises(SettingsError, match="FENGPING_DATABASE_URL"):
        _ = load_settings().store_url


@pytest.mark.parametrize("name", ["postgresql", "postgres"])
def test_postgresql_uses_the_driver_we_ship(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGPING_DATABASE_URL", f"{name}://u:p%40ss@db/fengping")
    assert load_settings().store_url == "postgresql+psycopg://u:p%40ss@db/fengping"


def test_hosts_are_a_list(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FENGPING_ALLOW_HOSTS", "127.0.0.1:80, feeds.lan:8080 ,")
    assert load_settings().allow_hosts == ("127.0.0.1:80", "feeds.lan:8080")


def test_links_lead_to_where_the_dashboard_listens() -> None:
    assert load_settings(host="127.0.0.1", port=8600).link_base == "http://127.0.0.1:8600"
    assert load_settings(host="::1", port=8600).link_base == "http://[::1]:8600"
    assert load_settings(public_url="https://watch.example/").link_base == "https://watch.example"


def test_a_setting_left_empty_is_the_default(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("FENGPING_HOME=\nFENGPING_PORT=\nFENGPING_MODEL=\n", "utf-8")
    monkeypatch.setenv("FENGPING_TIMEZONE", "")
    settings = load_settings()
    assert (settings.home, settings.port, settings.timezone) == (tmp_path / "data", 8501, "Asia/Shanghai")


def test_a_file_of_settings_that_is_no_text_is_told(tmp_path: Path) -> None:
    (tmp_path / ".env").write_bytes("FENGPING_PORT=9000\n".encode("utf-16"))
    with pytest.raises(SettingsError, match=r"\.env .*UTF-8"):
        load_settings()
