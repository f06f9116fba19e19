"""The verdict on an uploaded file: what a job may use, and what a worker may claim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.domain.errors import FaceCovered, NoFace, SeveralFaces
from tasks.domain.examination import MOST_FACES, ExaminedFace, Quality, Sound, Verdict
from tasks.domain.wire import Malformed

GOOD = ExaminedFace((1.0, 2.0, 30.0, 40.0), "", "", Quality(0.9, 60.0))
COVERED = replace(GOOD, code="FACE_COVERED", reason="The mouth is covered.")
SEVERAL = Verdict("SEVERAL_FACES", "Choose one.", faces=(GOOD, COVERED))


def test_face_is_usable_by_its_index() -> None:
    with pytest.raises(SeveralFaces, match="Choose one"):
        SEVERAL.require_usable()
    SEVERAL.require_usable(0)
    with pytest.raises(FaceCovered, match="mouth"):
        SEVERAL.require_usable(1)
    with pytest.raises(NoFace, match="shows 2"):
        SEVERAL.require_usable(2)
    Verdict(chosen=0, faces=(GOOD,)).require_usable()


def test_index_of_a_face_does_not_excuse_a_recording() -> None:
    silent = Sound(1.0, 0.0, -60.0, 0.0, 0.0)
    with pytest.raises(Exception, match="silent"):
        Verdict("VOICE_REFUSED", "It is silent.", sound=silent).require_usable(0)


def test_verdict_survives_the_wire() -> None:
    assert Verdict.from_dict(SEVERAL.to_dict()) == SEVERAL


@pytest.mark.parametrize(
    "altered",
    [
        {"code": "JOB_LOST"},
        {"code": "NO_SUCH_CODE"},
        {"code": 5},
        {"faces": [GOOD.__class__]},
        {"faces": [{"box": [1, 2, 3], "code": "", "reason": "", "quality": {}}]},
        {"crops": [{"face_index": 0}]},
        {"warnings": "many"},
        {"faces": SEVERAL.to_dict()["faces"] * MOST_FACES},
    ],
)
def test_what_is_no_verdict_is_refused(altered: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Verdict.from_dict(SEVERAL.to_dict() | altered)
