"""The verdict on an uploaded file: what a job may use, and what a worker may claim."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tasks.domain.artifact import Blob
from tasks.domain.errors import FaceCovered, NoFace, SeveralFaces
from tasks.domain.examination import (
    MOST_CROPS,
    MOST_FACES,
    MOST_HEARD,
    MOST_WARNINGS,
    Crop,
    ExaminedFace,
    Quality,
    Sound,
    Verdict,
    Warned,
)
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
        {"faces": [SEVERAL.to_dict()["faces"][0] | {"voice_register": "male"}]},
    ],
)
def test_what_is_no_verdict_is_refused(altered: dict[str, Any]) -> None:
    with pytest.raises(Malformed):
        Verdict.from_dict(SEVERAL.to_dict() | altered)


@pytest.mark.parametrize(
    ("name", "one", "most"),
    [
        ("faces", GOOD, MOST_FACES),
        ("crops", Crop(0, "9:16", Blob("f" * 64, 1, "image/png"), 1, 1), MOST_CROPS),
        ("warnings", Warned("dark", "It is dark."), MOST_WARNINGS),
        ("heard", "h", MOST_HEARD),
    ],
)
def test_a_verdict_has_as_many_entries_as_the_limit(name: str, one: Any, most: int) -> None:
    several = one * most if name == "heard" else (one,) * most
    full = Verdict(**{name: several})
    assert Verdict.from_dict(full.to_dict()) == full
    more = full.to_dict() | {name: several + (one if name == "heard" else (one,))}
    with pytest.raises(Malformed):
        Verdict.from_dict({**more, name: Verdict(**{name: more[name]}).to_dict()[name]})


def test_a_face_has_a_code_that_refuses_or_none() -> None:
    assert (GOOD.usable, COVERED.usable) == (True, False)
    assert (Verdict().usable, SEVERAL.usable) == (True, False)
    odd = Verdict(faces=(replace(GOOD, code="JOB_LOST"),)).to_dict()
    with pytest.raises(Malformed, match="unknown code"):
        Verdict.from_dict(odd)
    refused = Verdict("VOICE_REFUSED", "It is silent.", faces=(COVERED,))
    assert Verdict.from_dict(refused.to_dict()) == refused


def test_a_suggested_voice_is_that_of_the_face_a_job_uses() -> None:
    two = Verdict(faces=(replace(GOOD, voice_register="lower"), GOOD), chosen=0)
    assert Verdict.from_dict(two.to_dict()) == two
    assert [two.voice_register(index) for index in (None, 0, 1, 2)] == ["lower", "lower", "", ""]
    assert replace(two, chosen=None).voice_register() == ""
    assert two.without_suggestions() == Verdict(faces=(GOOD, GOOD), chosen=0)


def test_a_verdict_of_an_older_worker_suggests_no_voice() -> None:
    sent = SEVERAL.to_dict()
    for face in sent["faces"]:
        del face["voice_register"]
    assert Verdict.from_dict(sent) == SEVERAL
