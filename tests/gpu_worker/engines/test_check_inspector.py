"""What a video is refused for before it is delivered."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpu_worker import verify
from gpu_worker.clips import talking
from gpu_worker.engine import Inputs, Output
from gpu_worker.engines.check.inspector import ENGINE
from gpu_worker.engines.edit.cutter import ENGINE as CUTTER
from gpu_worker.media import ffmpeg, streams
from gpu_worker.media.delivery import faults, marks, measuring, mouths
from gpu_worker.media.delivery.measuring import Boundary, Expected, Measured
from gpu_worker.media.delivery.mouths import Speech
from gpu_worker.media.signing import certificate, provenance
from gpu_worker.models.registry import Registry
from tasks.domain.errors import InputRefused
from tasks.domain.fingerprint import Fingerprint, compare
from tasks.domain.hosted import ClipOrder
from tasks.domain.project_planner import timeline
from tasks.domain.video_plan import EFFECTS, VideoPlan
from tests.gpu_worker.engines import films
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.faces import astronaut
from tests.gpu_worker.engines.test_edit_cutter import LINE, edit_inputs, plan
from tests.gpu_worker.engines.workbench import Remembering, Workbench
from tests.gpu_worker.samples import marked, shows
from tests.gpu_worker.samples.shows import Show, View

LOUD = "sine=f=300:d=4,volume=5.9dB"
BEEPS = "aevalsrc='0.45*sin(2000*t)*lt(mod(t,0.7+0.1*floor(t)),0.25)':d=4"
TIMELINE = [
    {"id": "a", "start": 0.0, "seconds": 2.0, "line": "", "transition": {"kind": "cut"}},
    {"id": "b", "start": 2.0, "seconds": 2.0, "line": "", "transition": {"kind": "cut"}},
]
ENGINES = [{"stage": "edit", "name": "cutter", "version": "2", "kind": "real"}]
PARAMS: dict[str, Any] = {"timeline": TIMELINE, "engines": ENGINES, "width": 90, "height": 160}
CLIPS = ("testsrc2", "smptebars")
GOOD = "testsrc2=s=90x160:r=25:d=2[a];smptebars=s=90x160:r=25:d=2[b];[a][b]concat"
EXPECTED = Expected(90, 160, 4.0, (Boundary(2.0),))


def video(folder: Path, picture: str = GOOD, sound: str = LOUD, *more: str) -> Inputs:
    target = folder / "final.mp4"
    films.run(
        *("-f", "lavfi", "-i", sound, "-filter_complex", f"{picture}[v]", "-map", "[v]"),
        *("-map", "0:a", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p"),
        *("-c:a", "aac", *more, str(target)),
    )
    scenes = []
    for name in CLIPS:
        path = folder / f"{name}.mp4"
        path.write_bytes(clip(name))
        scenes.append({"clip/clip.mp4": path})
    return Inputs(PARAMS, 0, files={"edit/final.mp4": target}, scenes=scenes)


@cache
def clip(name: str) -> bytes:
    """Two seconds of a test picture, drawn once."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "clip.mp4"
        films.draw(path, name, "90x160", 50)
        return path.read_bytes()


SILENT = {"INPUT_REFUSED": lambda folder: video(folder, sound="anullsrc=d=4")}
CASES = [Case(ENGINE, video, SILENT, signed=("final.mp4",))]


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: Callable[[Case, Path], None], tmp_path: Path) -> None:
    check(case, tmp_path)


def measured_of(inputs: Inputs, expected: Expected = EXPECTED, **more: Any) -> Measured:
    with TemporaryDirectory() as folder:
        path = inputs.files["edit/final.mp4"]
        found, decoded = measuring.decode(path, Path(folder), lambda: None)
        mixed = inputs.files.get("sound/sound.wav")
        return replace(measuring.measure(found, decoded, expected, lambda: None, mixed), **more)


def codes(inputs: Inputs, expected: Expected = EXPECTED) -> set[str]:
    measured = measured_of(inputs, expected)
    return {one.code for one in faults.faults(measured, expected)}


def checked(inputs: Inputs, folder: Path) -> Output:
    folder.mkdir()
    return ENGINE().run(inputs, Workbench(folder))


def refused(inputs: Inputs, folder: Path) -> set[str]:
    with pytest.raises(InputRefused) as refusal:
        checked(inputs, folder)
    return set(refusal.value.details["faults"])


def test_a_good_video_is_delivered(tmp_path: Path) -> None:
    assert codes(video(tmp_path)) == set()


def test_every_fault_is_named(tmp_path: Path) -> None:
    black = "color=s=160x90:r=25:d=4"
    wrong = video(tmp_path, black, "anullsrc=d=4")
    assert codes(wrong) >= {"size", "shape", "black", "silence"}
    (tmp_path / "out").mkdir()
    with pytest.raises(InputRefused, match="160 x 90 pixels instead of 90 x 160"):
        ENGINE().run(wrong, Workbench(tmp_path / "out"))


HDR = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
TEN_BITS = ("-pix_fmt", "yuv420p10le")
HDR_TAGS = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
BAD = {
    "size": (GOOD.replace("90x160", "180x320"), LOUD, ()),
    "shape": (f"{GOOD},setsar=4/3", LOUD, ()),
    "hdr": (
        f"{GOOD},format=yuv420p10le,setparams={HDR}",
        LOUD,
        (*TEN_BITS, *HDR_TAGS),
    ),
    "format": (GOOD, LOUD, ("-pix_fmt", "yuv444p")),
    "length": (GOOD, LOUD, ("-t", "3")),
    "black": (f"{GOOD},drawbox=c=black:t=fill:enable='between(t,1,2.6)'", LOUD, ()),
    "frozen": ("testsrc2=s=90x160:r=25:d=0.04,loop=-1:1:0,trim=end=4.4", LOUD, ()),
    "loudness": (GOOD, "sine=f=300:d=4,volume=-12dB", ()),
    "silence": (GOOD, "sine=f=300:d=0.4,volume=5.9dB,apad=whole_dur=4", ()),
    "offset": (GOOD, "sine=f=300:d=3.2,volume=5.9dB", ()),
}


@pytest.mark.parametrize("code", BAD)
def test_a_fault_has_its_code(code: str, tmp_path: Path) -> None:
    picture, sound, more = BAD[code]
    assert code in codes(video(tmp_path, picture, sound, *more))


def test_a_video_without_sound_or_picture_is_refused(tmp_path: Path) -> None:
    mute, blind = tmp_path / "mute.mp4", tmp_path / "blind.mp4"
    films.draw(mute, "testsrc2", "90x160", 100)
    films.run("-f", "lavfi", "-i", LOUD, "-c:a", "aac", str(blind))
    for path, code in ((mute, "sound"), (blind, "picture")):
        assert code in codes(Inputs(PARAMS, 0, files={"edit/final.mp4": path}))


def test_sixty_seconds_are_refused(tmp_path: Path) -> None:
    long = "testsrc2=s=90x160:r=25:d=60"
    inputs = video(tmp_path, long, "sine=f=300:d=60,volume=5.9dB")
    assert codes(inputs, Expected(90, 160, 60.0)) == {"long"}


@pytest.mark.parametrize("late", [-0.4, 0.0, 0.3])
def test_sound_that_is_not_where_it_was_mixed(late: float, tmp_path: Path) -> None:
    """The container says nothing of it: the sound itself is moved."""
    mixed = tmp_path / "sound.wav"
    films.run("-f", "lavfi", "-i", BEEPS, "-ac", "2", "-c:a", "pcm_s24le", str(mixed))
    moved = f"adelay={1000 * late}:all=1" if late >= 0 else f"atrim=start={-late}"
    moved += ",asetpts=PTS-STARTPTS"
    inputs = video(tmp_path, GOOD, f"{BEEPS},{moved},apad=whole_dur=4,atrim=end=4")
    inputs = replace(inputs, files={**inputs.files, "sound/sound.wav": mixed})
    assert ("offset" in codes(inputs)) == (late != 0)


def test_black_is_no_fault_where_the_plan_dips(tmp_path: Path) -> None:
    dipped = f"{GOOD},drawbox=c=black:t=fill:enable='between(t,1.4,2.6)'"
    inputs = video(tmp_path, dipped)
    assert "black" in codes(inputs)
    planned = Expected(90, 160, 4.0, (Boundary(2.0, "dip", 1.0),))
    assert "black" not in codes(inputs, planned)


def photo_clips(folder: Path, photos: Sequence[int], size: tuple[int, int]) -> list[Path]:
    """Clips of photographs, each with a camera that moves in its own way."""
    found = []
    for number, photo in enumerate(photos):
        pan = ((0.05, 0.0), (-0.04, 0.02), (0.0, -0.05), (0.0, 0.0))[number % 4]
        view = View(photo=photo, seconds=2.4, pan=pan, width=0.55, zoom=0.05 * (number % 3))
        found.append(shows.write(Show((view,), (), size=size), folder / f"clip-{number}.mp4"))
    return found


def whole(
    folder: Path,
    clips: Sequence[Path],
    wanted: VideoPlan,
    *,
    label: bool = False,
    known: dict[str, bytes] | None = None,
) -> Inputs:
    """The edit of some clips, as the check gets it; `known` has the pieces of earlier ones."""
    folder.mkdir()
    cut = edit_inputs(folder, wanted)
    scenes = [
        {**files, "clip/clip.mp4": clip} for files, clip in zip(cut.scenes, clips, strict=True)
    ]
    params = {**cut.params, "width": 180, "height": 320, "label": label}
    edited = Inputs(params, 0, files=cut.files, scenes=scenes)
    context = Remembering(folder / "edit", {} if known is None else known, edited)
    parts = CUTTER().run(edited, context).parts
    files = {f"edit/{name}": path for name, path in parts.items()}
    described = timeline(wanted, ("transition", "speed", "material", "character"))
    asked = {**PARAMS, "timeline": described, "look": wanted.to_dict()["look"], "label": label}
    asked |= {"width": 180, "height": 320}
    return Inputs(asked, 0, files={**cut.files, **files}, scenes=scenes)


def with_clips(inputs: Inputs, clips: Sequence[Path]) -> Inputs:
    """The same video, as if the plan had other clips."""
    return replace(inputs, scenes=[{"clip/clip.mp4": clip} for clip in clips])


THREE = plan(
    [
        {"text": "A title", "effects": ["warm", "vignette"]},
        {"transition": {"kind": "crossfade", "seconds": 0.4}, "effects": ["grain"]},
        {"transition": {"kind": "dip", "seconds": 0.4}, "voice_line": LINE},
    ],
    captions="boxed",
)


@pytest.mark.slow
def test_scenes_are_there_and_in_order(tmp_path: Path) -> None:
    one, two, three, other = photo_clips(tmp_path, (0, 1, 2, 7), (270, 480))
    inputs = whole(tmp_path / "good", (one, two, three), THREE)
    assert checked(inputs, tmp_path / "good" / "out").facts["checked"]
    assert refused(with_clips(inputs, (two, one, three)), tmp_path / "swapped") == {"scenes"}
    with pytest.raises(InputRefused, match="scene 2 does not show its clip"):
        checked(with_clips(inputs, (one, other, three)), tmp_path / "missing")
    with pytest.raises(InputRefused, match="scene 1 shows the clip of scene 2"):
        checked(with_clips(inputs, (two, one, three)), tmp_path / "named")


SEVEN = plan(
    [
        {"transition": {"kind": kind, "seconds": 0.4 if kind != "cut" else 0.0}, "text": text}
        for kind, text in zip(
            ("cut", "crossfade", "cut", "dip", "wipe", "cut", "cut"),
            ("A title", "", "Some words", "", "", "", "The end"),
            strict=True,
        )
    ],
    look={"colour_match": 0.0},
)


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_only_the_pieces_of_a_changed_scene_are_checked_again(tmp_path: Path) -> None:
    """What is found by pieces is what is found in the whole video, and nothing escapes."""
    clips = photo_clips(tmp_path, (0, 1, 2, 3, 5, 6, 7), (180, 320))
    (tmp_path / "other").mkdir()
    (other,) = photo_clips(tmp_path / "other", (9,), (180, 320))
    pieces: dict[str, bytes] = {}
    findings: dict[str, bytes] = {}

    def run(name: str, inputs: Inputs) -> tuple[dict[str, Any], Output, int]:
        context = Remembering(tmp_path / f"{name}-check", findings, inputs)
        output = ENGINE().run(inputs, context)
        return json.loads(output.parts["check.json"].read_text()), output, len(context.made)

    first = whole(tmp_path / "first", clips, SEVEN, known=pieces)
    assert run("first", first)[2] == 9 + 7  # seven scenes and two overlaps
    changed = [*clips[:2], other, *clips[3:]]
    again = whole(tmp_path / "again", changed, SEVEN, known=pieces)
    told, output, count = run("again", again)
    assert count == 2
    bare = {name: path for name, path in again.files.items() if "/scene-" not in name}
    plain, decoded, _ = run("plain", replace(again, files=bare))
    same = ("loudness", "seconds", "misplaced", "frozen", "mark", "unchanged", "faults", "lateness")
    assert {name: told[name] for name in same} == {name: plain[name] for name in same}
    one, two = (made.parts["fingerprint.json"].read_text() for made in (output, decoded))
    assert compare(Fingerprint.from_json(one), Fingerprint.from_json(two)).is_same
    swapped = [*clips[:2], clips[3], clips[2], *clips[4:]]
    with pytest.raises(InputRefused, match="scene 3 shows the clip of scene 4"):
        run("swapped", replace(first, scenes=[{"clip/clip.mp4": clip} for clip in swapped]))
    forged = {**first.files, "edit/scene-002.mp4": first.files["edit/scene-003.mp4"]}
    assert run("forged", replace(first, files=forged))[2] == 0  # so it was decoded whole


@pytest.mark.slow
def test_letters_over_a_soft_picture_are_not_taken_for_another_scene(tmp_path: Path) -> None:
    """The painted ground of a local model has nothing to compare; its title, captions do."""
    clips = []
    for number, colour in enumerate(("navy", "darkgreen")):
        clips.append(tmp_path / f"soft-{number}.mp4")
        films.draw(clips[-1], f"gradients=c0={colour}:c1=gray:n=2:seed={number}", "180x320", 60)
    scenes = [{"text": "A title of some words", "voice_line": LINE} for _ in clips]
    inputs = whole(tmp_path / "all", clips, plan(scenes, captions="boxed"), label=True)
    assert checked(inputs, tmp_path / "out").facts["checked"]


@pytest.mark.slow
@pytest.mark.timeout(600)
@pytest.mark.parametrize("fit", ["crop", "blur"])
@pytest.mark.parametrize("size", [(270, 480), (480, 270), (400, 400), (200, 480)], ids=str)
def test_no_look_of_a_scene_is_taken_for_a_wrong_order(
    size: tuple[int, int], fit: str, tmp_path: Path
) -> None:
    kinds = ("cut", "crossfade", "dip", "wipe", "slide", "cut", "cut", "cut")
    scenes = [
        {
            "effects": [effect],
            "speed": speed,
            "text": "Some words",
            "transition": {"kind": kind, "seconds": 0.0 if kind == "cut" else 0.5},
        }
        for kind, effect, speed in zip(kinds, EFFECTS, (1, 1.2, 0.7, 1, 1, 0.25, 1, 1), strict=True)
    ]
    photos = (0, 1, 2, 3, 5, 6, 7, 9)
    clips = photo_clips(tmp_path, photos, size)
    inputs = whole(tmp_path / "all", clips, plan(scenes, look={"fit": fit, "colour_match": 0.0}))
    checked(inputs, tmp_path / "out")
    turned = with_clips(inputs, [*clips[4:], *clips[:4]])
    assert "scenes" in refused(turned, tmp_path / "turned")


def test_a_delivered_video_is_signed_and_says_what_it_was_made_of(tmp_path: Path) -> None:
    """Its clips are ingredients, their model is named, and the fingerprint is that of the file."""
    plain, signed = tmp_path / "plain.mp4", tmp_path / "signed.mp4"
    films.draw(plain, "testsrc2", "90x160", 50)
    model = {"stage": "clip", "name": "shop/one", "version": ""}
    provenance.sign(plain, signed, provenance.Origin((model,)), certificate.self_made())
    inputs = video(tmp_path)
    scenes = [{"clip/clip.mp4": signed}, *inputs.scenes[1:]]
    poster = tmp_path / "poster.jpg"
    films.run("-i", str(plain), "-frames:v", "1", str(poster))
    files = {**inputs.files, "edit/poster.jpg": poster}
    output = checked(replace(inputs, scenes=scenes, files=files), tmp_path / "out")
    found = provenance.verify(output.parts["final.mp4"])
    assert (found["valid"], found["ai_generated"]) == (True, True)
    assert [one["name"] for one in found["engines"]] == ["cutter", "shop/one"]
    assert [one["relationship"] for one in found["ingredients"]] == ["componentOf"]
    assert b"trainedAlgorithmicMedia" in output.parts["final.mp4"].read_bytes()
    assert b"trainedAlgorithmicMedia" in output.parts["poster.jpg"].read_bytes()
    assert output.facts["signed_by"] == "self-made"
    assert output.facts["clip_models"] == ["shop/one"]
    (tmp_path / "samples").mkdir()
    again = verify.examine(
        output.parts["final.mp4"], tmp_path / "samples", ffmpeg.executable(), None
    )
    known = Fingerprint.from_json(output.parts["fingerprint.json"].read_text())
    assert compare(Fingerprint.from_json(again["fingerprint"]), known).is_same


@pytest.mark.slow
def test_our_own_label_text_and_captions_are_no_foreign_mark(tmp_path: Path) -> None:
    """They stand still in every scene, like a logo; one at another place is still found."""
    clips = photo_clips(tmp_path, (0, 1, 6), (270, 480))
    scenes = [{"text": "SALE 50", "voice_line": LINE} for _ in clips]
    inputs = whole(tmp_path / "all", clips, plan(scenes, captions="boxed"), label=True)
    output = checked(inputs, tmp_path / "out")
    assert not [one for one in output.facts["warnings"] if "stands still while" in one]
    logo = tmp_path / "logo.mp4"
    box = "drawbox=x=110:y=150:w=40:h=24:c=white:t=2,drawbox=x=118:y=156:w=24:h=12:c=white:t=2"
    films.run("-i", str(inputs.files["edit/final.mp4"]), "-vf", box, "-c:a", "copy", str(logo))
    marked_files = {**inputs.files, "edit/final.mp4": logo}
    assert refused(replace(inputs, files=marked_files), tmp_path / "logo") == {"mark"}


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_a_mouth_that_does_not_move_while_its_person_speaks_is_warned_of(tmp_path: Path) -> None:
    """One that moves is not, and a picture without a face cannot be judged."""
    picture, still, speaks = (tmp_path / name for name in ("face.png", "still.mp4", "speaks.mp4"))
    Image.fromarray(astronaut()).save(picture)
    films.run("-loop", "1", "-t", "2", "-i", str(picture), "-pix_fmt", "yuv420p", str(still))
    order = ClipOrder("She greets the crew", 2.0, "9:16", "360p", speech="Hello there, all of you.")
    registry = Registry("lite", None)
    talking.render(
        registry, order, picture.read_bytes(), seed=1, target=speaks, on_progress=lambda _: None
    )
    faceless = tmp_path / "faceless.mp4"
    films.draw(faceless, "testsrc2", "360x640", 50)
    found = {}
    for path in (still, speaks, faceless):
        size = streams.video(path).width, streams.video(path).height
        found[path] = mouths.still(path, size, [Speech(3, 0.0, 1.8)], lambda: None)
    assert found == {still: (3,), speaks: (), faceless: ()}
    measured = measured_of(video(tmp_path), still_mouths=found[still])
    assert [one for one in faults.warnings(measured) if "scene 4" in one and "mouth" in one]
    assert not faults.faults(measured, EXPECTED)


def test_a_mark_is_found_and_a_clean_clip_has_none() -> None:
    frames = marked.clip(3)
    assert marks.find(marked.greys(frames)) is None
    mark = marks.find(marked.greys(marked.with_mark(frames, 3)))
    assert mark is not None
    assert mark.place.startswith("at the ") or mark.place.startswith("in the ")


@pytest.mark.slow
def test_marks_on_a_hundred_clips() -> None:
    """Recall >= 0.95 and false alarms <= 0.02, on clips that no threshold was chosen by."""
    found, false = [], []
    for seed in range(1000, 1100):
        frames = marked.clip(seed)
        false.append(marks.find(marked.greys(frames)) is not None)
        if marked.moves(seed):
            found.append(marks.find(marked.greys(marked.with_mark(frames, seed))) is not None)
    print(f"recall {np.mean(found):.3f} of {len(found)}, false alarms {np.mean(false):.3f}")
    assert np.mean(found) >= 0.95
    assert np.mean(false) <= 0.02
