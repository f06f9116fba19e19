from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from web.state_directory import LONGEST_SOCKET_DIRECTORY, ROOT, StateDirectory


def test_two_checkouts_share_nothing(tmp_path: Path) -> None:
    first, second = StateDirectory(tmp_path / "a"), StateDirectory(tmp_path / "b")
    for one, other in ((first.sockets, second.sockets), (first.lock, second.lock)):
        assert one != other


def test_the_place_is_the_checkout_unless_it_is_given() -> None:
    assert StateDirectory.find({}).directory == ROOT / ".callsheet"
    assert StateDirectory.find({"CALLSHEET_STATE": "/srv/state"}).directory == Path("/srv/state")


def test_a_deep_checkout_still_has_sockets_of_its_own(tmp_path: Path) -> None:
    deep = StateDirectory(tmp_path / ("d" * 120) / "a")
    deeper = StateDirectory(tmp_path / ("d" * 120) / "b")
    assert len(os.fsencode(deep.sockets)) <= LONGEST_SOCKET_DIRECTORY
    assert deep.sockets != deeper.sockets


def test_sockets_are_for_their_owner_only(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path / "state")
    state.make()
    assert stat.S_IMODE(state.sockets.stat().st_mode) == 0o700
    state.tidy()
    assert not state.sockets.exists()


def test_a_secret_stays(tmp_path: Path) -> None:
    state = StateDirectory(tmp_path)
    first = state.secret("password")
    assert len(first) >= 32
    assert state.secret("password") == first
    assert stat.S_IMODE((tmp_path / "password").stat().st_mode) == 0o600


def test_a_socket_directory_of_another_user_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = StateDirectory(tmp_path / "state")
    state.make()
    owner = state.sockets.stat().st_uid
    with monkeypatch.context() as patch:
        patch.setattr(StateDirectory, "sockets", state.sockets)  # else named after the user
        patch.setattr(os, "getuid", lambda: owner + 1)
        with pytest.raises(PermissionError, match="belongs to someone else"):
            state.make()
    state.tidy()
