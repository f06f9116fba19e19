from __future__ import annotations

import pytest

from web.cli.local import procfile


def test_lines_comments_and_quotes() -> None:
    programs = procfile.parse('# why\n\nweb: python -m web.wsgi\nodd_1: sh -c "sleep 1; true"\n')
    assert list(programs) == ["web", "odd_1"]
    assert programs["web"].command == ("python", "-m", "web.wsgi")
    assert programs["odd_1"].command == ("sh", "-c", "sleep 1; true")


@pytest.mark.parametrize("line", ["web python", "web:", ": python", "a b: python"])
def test_invalid_procfile_line_is_reported_by_number(line: str) -> None:
    with pytest.raises(ValueError, match="line 2"):
        procfile.parse(f"ok: true\n{line}\n")


def test_duplicate_procfile_names_are_refused() -> None:
    with pytest.raises(ValueError, match="a second web"):
        procfile.parse("web: a\nweb: b\n")
