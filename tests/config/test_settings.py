"""Settings: from the environment, every mistake at once, secrets from files and never shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.api_keys import digest, make
from config.setting import all_settings, groups
from config.settings import ConfigurationError, Settings, read
from config.values import is_set

ROOT = Path(__file__).parents[2]


def test_default_paths_are_below_the_state_directory(tmp_path: Path) -> None:
    settings = read({"CALLSHEET_STATE": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/callsheet.db"
    assert settings.artifacts_url == f"file://{tmp_path}/store"
    assert settings.host == "127.0.0.1"


def test_all_invalid_settings_are_reported_at_once() -> None:
    wrong = {"PORT": "many", "LEASE_SECONDS": "-1", "LOG_FORMAT": "xml", "SECRET_KEY_FILE": "/no"}
    with pytest.raises(ConfigurationError) as refused:
        read(wrong)
    for name in wrong:
        assert name in str(refused.value)


def test_a_secret_may_come_from_a_file_and_is_not_shown(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("s3cret\n")
    settings = read({"SECRET_KEY_FILE": str(file)})
    assert settings.secret_key == "s3cret"
    assert "s3cret" not in repr(settings)


def test_a_url_with_a_password_may_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "url"
    file.write_text("redis://callsheet:s3cret@redis:6379/0\n")
    environ = {"REDIS_URL_FILE": str(file)}
    assert read(environ).redis_url == "redis://callsheet:s3cret@redis:6379/0"
    assert is_set("REDIS_URL", environ)
    assert not is_set("REDIS_URL", {"REDIS_URL": ""})


@pytest.mark.parametrize(
    ("variable", "sentence"),
    [
        ("PORT_FILE", "set PORT itself"),
        ("C2PA_CERT_FILE", "set C2PA_CERT itself"),
        ("DATABASE_URI_FILE", "did you mean DATABASE_URL_FILE"),
        ("OPERATORS_TOKEN_FILE", "did you mean OPERATOR_TOKEN_FILE"),
        ("SECRETKEY_FILE", "did you mean SECRET_KEY_FILE"),
    ],
)
def test_a_file_that_would_be_ignored_is_refused(variable: str, sentence: str) -> None:
    with pytest.raises(ConfigurationError, match=sentence):
        read({variable: "/run/secrets/one"})


@pytest.mark.parametrize(
    "variable",
    ["SSL_CERT_FILE", "PIP_CONFIG_FILE", "POSTGRES_PASSWORD_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE"],
)
def test_files_of_other_programs_are_theirs(variable: str) -> None:
    read({variable: "/run/one"})


def test_every_secret_may_come_from_a_file_and_an_empty_one_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    for declared in all_settings(Settings):
        if declared.metadata["file"]:
            variable = f"{declared.metadata['env']}_FILE"
            with pytest.raises(ConfigurationError, match=f"{variable} names an empty file"):
                read({variable: str(tmp_path / "empty")})


@pytest.mark.parametrize("name", ["REDIS_URL", "DATABASE_URL", "BROKER_URLS"])
def test_an_address_with_a_password_is_never_shown(name: str) -> None:
    prefix = "xtts=" if name == "BROKER_URLS" else ""
    assert "hunter22" not in repr(read({name: f"{prefix}rediss://u:hunter22@host:1/0"}))
    if name != "DATABASE_URL":
        with pytest.raises(ConfigurationError) as refused:
            read({name: f"{prefix}http://u:hunter22@host"})
        assert "hunter22" not in str(refused.value)


def test_settings_of_a_group_are_read_and_checked_with_all_others(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_text("s3cret\n")
    environ = {"AUTH": "required", "ACCOUNT_JOBS": "3", "GITHUB_CLIENT_SECRET_FILE": str(file)}
    settings = read(environ)
    assert (settings.accounts.auth, settings.accounts.jobs) == ("required", 3)
    assert settings.accounts.github_client_secret == "s3cret"
    assert "s3cret" not in repr(settings)
    with pytest.raises(ConfigurationError, match=r"PORT.*AUTH.*METRICS_PORT"):
        read({"METRICS_PORT": "-1", "AUTH": "maybe", "PORT": "many"})


def test_every_variable_is_declared_once_and_every_group_is_a_field() -> None:
    variables = [declared.metadata["env"] for declared in all_settings(Settings)]
    assert len(variables) == len(set(variables))
    modules = {path.stem for path in (ROOT / "config" / "groups").glob("[a-z]*.py")}
    assert modules == {name for name, _ in groups(Settings)}


def test_an_empty_value_is_unset_and_lists_are_split() -> None:
    settings = read({"PORT": "", "CORS_ORIGINS": "http://a, http://b"})
    assert settings.port == 5000
    assert settings.cors_origins == ("http://a", "http://b")


def test_api_keys_are_stored_as_digests_and_invalid_ones_are_not_shown() -> None:
    key, known = make("studio", 600)
    [read_back] = read({"API_KEYS": f"{known}\n"}).api_keys
    assert read_back == known
    assert read_back.sha256 == digest(key)
    with pytest.raises(ConfigurationError) as refused:
        read({"API_KEYS": key})
    assert "API_KEYS" in str(refused.value)
    assert key not in str(refused.value)


def test_trusted_proxies_are_networks_and_empty_by_default() -> None:
    assert read({}).trusted_proxies == ()
    proxies = read({"TRUSTED_PROXIES": "127.0.0.1, fd00::/8"}).trusted_proxies
    assert [str(network) for network in proxies] == ["127.0.0.1/32", "fd00::/8"]
    for wrong in ("proxy.example", "10.0.0.1/8", "2"):
        with pytest.raises(ConfigurationError, match="TRUSTED_PROXIES"):
            read({"TRUSTED_PROXIES": wrong})


@pytest.mark.parametrize("wrong", ["usd", "$", "US DOLLAR", "EURO"])
def test_a_currency_is_a_code(wrong: str) -> None:
    assert read({"CURRENCY": "EUR"}).currency == "EUR"
    with pytest.raises(ConfigurationError, match="CURRENCY must be three capital letters"):
        read({"CURRENCY": wrong})


@pytest.mark.parametrize(
    "wrong", ["web", "web=0", "web=two", "worker=1", "redis=1", "web=1,web=2", "lite=1 lite=1"]
)
def test_expected_processes_are_parsed_or_rejected(wrong: str) -> None:
    text = "web=2, control=2,xtts=3"
    found = read({"EXPECTED_PROCESSES": text}).monitoring.expected_processes
    assert [(one.part, one.environment, one.count) for one in found] == [
        ("web", "", 2),
        ("control", "", 2),
        ("worker", "xtts", 3),
    ]
    with pytest.raises(ConfigurationError, match="EXPECTED_PROCESSES must be NAME=COUNT"):
        read({"EXPECTED_PROCESSES": wrong})


@pytest.mark.parametrize(
    "wrong",
    ["elevenlabs", "nobody=1/hour", "xtts_=1/hour", "sadtalker=1/character", "piper=1/mile"],
)
def test_prices_are_parsed_or_rejected(wrong: str) -> None:
    gemini, nodes = read({"PRICES": "gemini=3e-7/token, sadtalker=1.2/hour"}).prices
    assert (gemini.of, gemini.amount, gemini.unit) == ("gemini", 3e-7, "token")
    assert nodes.unit == "hour"
    with pytest.raises(ConfigurationError, match="PRICES must be NAME=AMOUNT/UNIT"):
        read({"PRICES": wrong})
