"""The studio as a visitor meets it, in Debian's Chromium."""

from __future__ import annotations

import pytest

from tests.studio.conftest import Journey


@pytest.mark.slow
def test_from_a_dropped_face_to_a_playing_video(system: str, journey: Journey) -> None:
    film = journey("whole", system)
    assert film["seconds"] > 0.5
