"""What is known of a file before it is read: its name, its extension and its size."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tasks.domain.errors import FileValidationFailed
from web.uploads.candidate import Candidate, Kind
from web.uploads.layers.extension import MEDIA_TYPES, check_extension
from web.uploads.layers.name import LONGEST_NAME, check_name
from web.uploads.layers.size import check_size, too_large

LIMIT = 3 * 1024**2


def refused(check: Callable[[Candidate], None], candidate: Candidate) -> tuple[str, str] | None:
    """Return the layer and the code of a refusal; None if the file passes."""
    try:
        check(candidate)
    except FileValidationFailed as error:
        [found] = error.details["errors"]
        assert found["message"]
        return found["layer"], found["code"]
    return None


def named(name: str, kind: Kind = "face") -> Candidate:
    return Candidate(kind, Path("nowhere"), name, LIMIT)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("me.png", None),
        ("Mañana, 3 o'clock (2).png", None),
        ("", "NAME_MISSING"),
        (" \t", "NAME_MISSING"),
        ("x" * LONGEST_NAME, None),
        ("x" * (LONGEST_NAME + 1), "NAME_TOO_LONG"),
        (".png", "NAME_UNSAFE"),
        ("%2ehidden.png", "NAME_UNSAFE"),
        *((f"a{bad}b.png", "NAME_UNSAFE") for bad in ("/", "\\", "<", ">", "|", "\n", "\u202e")),
        *((f"a{bad}b.png", "NAME_UNSAFE") for bad in ("%2F", "%00", "%0a")),
    ],
)
def test_a_name_is_shown_only_if_it_is_safe(name: str, code: str | None) -> None:
    assert refused(check_name, named(name)) == (code and ("name", code))


@pytest.mark.parametrize(("kind", "types"), MEDIA_TYPES.items())
def test_each_kind_has_its_extensions(kind: Kind, types: dict[str, str]) -> None:
    for extension in {name for known in MEDIA_TYPES.values() for name in known}:
        expected = None if extension in types else ("extension", "EXTENSION_NOT_ALLOWED")
        assert refused(check_extension, named(f"me{extension.upper()}", kind)) == expected
    assert refused(check_extension, named("me", kind)) == ("extension", "EXTENSION_NOT_ALLOWED")


@pytest.mark.parametrize("name", ["me.php.png", "me.PHP.png", "me.exe.old.png"])
def test_an_extension_that_runs_is_refused_wherever_it_stands(name: str) -> None:
    assert refused(check_extension, named(name)) == ("extension", "EXTENSION_DOUBLE")
    assert refused(check_extension, named("version 1.2.png")) is None


@pytest.mark.parametrize(
    ("size", "code"), [(0, "EMPTY"), (1, None), (LIMIT, None), (LIMIT + 1, "TOO_LARGE")]
)
def test_a_file_has_a_size_within_its_limit(tmp_path: Path, size: int, code: str | None) -> None:
    path = tmp_path / "sent"
    with path.open("wb") as file:
        file.truncate(size)
    candidate = Candidate("face", path, "me.png", LIMIT)
    assert refused(check_size, candidate) == (code and ("size", code))


def test_a_limit_is_named_in_megabytes() -> None:
    assert "larger than 3 MB" in too_large(LIMIT).user_message + str(too_large(LIMIT).details)
