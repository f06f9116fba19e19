"""The Create page as a visitor meets it: its form, files and scenes.

Part of `make studio-test`.
"""

from __future__ import annotations

import pytest

from tests.deployment import Deployment
from tests.studio.conftest import Journey

pytestmark = pytest.mark.slow


def test_every_option_of_a_start_is_in_the_form(system: str, journey: Journey) -> None:
    """Files dropped anywhere; Start in sight on a small screen and on a phone."""
    assert journey("form", system)["sent"]["face_upload_id"]


def test_recalled_settings_do_not_overwrite_unasked(system: str, journey: Journey) -> None:
    assert journey("recall", system)["script"]


def test_a_script_is_edited_by_scene_and_one_changed_scene_is_made_alone(
    system: str, journey: Journey
) -> None:
    """Split, merged and moved by mouse and by keyboard; the other scenes are reused."""
    assert journey("scenes", system)["reused"] >= 4


def test_a_large_file_is_sent_in_pieces_with_its_progress(
    deployment: Deployment, journey: Journey
) -> None:
    """It goes on after a cut, and gives way to another file."""
    assert "PATCH uploads" in journey("sending", deployment.start_web())["asked"]


def test_a_picture_is_judged_before_the_start(examining: str, journey: Journey) -> None:
    """None without a face is started; the preview is the server's crop of the chosen one."""
    assert journey("verdicts", examining)["face_index"] == 1
