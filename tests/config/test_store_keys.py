"""Keys of a store that come from files."""

from __future__ import annotations

from pathlib import Path

import pytest

from config.settings import ConfigurationError, read
from config.store_keys import read_keys


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    path = tmp_path / "secret"
    path.write_text("of-the-store\n")
    return path


def test_keys_come_from_files(secret: Path) -> None:
    environ = {"AWS_SECRET_ACCESS_KEY_FILE": str(secret), "AWS_ACCESS_KEY_ID": "plain"}
    assert read_keys(environ) == {"aws_secret_access_key": "of-the-store"}
    assert read({"CALLSHEET_STATE": "/state", **environ})
    assert read_keys({}) == {}


def test_what_is_wrong_with_a_file_of_a_key_is_refused_with_all_settings(
    secret: Path, tmp_path: Path
) -> None:
    empty = tmp_path / "empty"
    empty.touch()
    name = "AWS_SECRET_ACCESS_KEY"
    for environ, sentence in (
        ({f"{name}_FILE": str(tmp_path / "none")}, "cannot be read"),
        ({f"{name}_FILE": str(empty)}, "empty file"),
        ({f"{name}_FILE": str(secret), name: "twice"}, "not both"),
    ):
        with pytest.raises(ConfigurationError, match=sentence) as refused:
            read({"CALLSHEET_STATE": "/state", **environ})
        assert "of-the-store" not in str(refused.value)
        assert "twice" not in str(refused.value)
