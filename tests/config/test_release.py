"""A release: one version everywhere, and a section of the changelog."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from config.installation import ROOT
from config.setup import release
from config.version import VERSION


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for name in (*release.PLACES, release.CHANGELOG):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, tmp_path / name)
    # Right after a release, nothing is unreleased.
    changelog = tmp_path / release.CHANGELOG
    heading = "## [Unreleased]\n"
    text = changelog.read_text().replace(heading, f"{heading}\n- A change.\n", 1)
    changelog.write_text(text)
    return tmp_path


def test_every_file_names_the_version_of_the_program() -> None:
    assert release.versions() == {key: {VERSION} for key in release.PLACES}


def test_a_release_changes_all_of_them_and_the_changelog(
    copy: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (copy / release.CHANGELOG).read_text()
    assert release.main(["9.8.7"], copy) == 0
    assert release.versions(copy) == {key: {"9.8.7"} for key in release.PLACES}
    after = (copy / release.CHANGELOG).read_text()
    assert after.index("## [Unreleased]") < after.index("## [9.8.7] - 20")
    assert len(after.splitlines()) == len(before.splitlines()) + 2
    assert "git tag -s v9.8.7" in capsys.readouterr().out
    # Once: the version is taken, and nothing is unreleased.
    assert release.main(["9.8.7"], copy) == 1
    assert "already" in capsys.readouterr().err
    assert release.main(["9.9.0"], copy) == 1
    assert "nothing unreleased" in capsys.readouterr().err
    assert release.versions(copy) == {key: {"9.8.7"} for key in release.PLACES}


@pytest.mark.parametrize("arguments", [[], ["1.0"], ["v1.0.0"], ["1.0.0", "2.0.0"]])
def test_what_is_no_version_is_refused(copy: Path, arguments: list[str]) -> None:
    assert release.main(arguments, copy) == 2
    assert release.versions(copy) == {key: {VERSION} for key in release.PLACES}
