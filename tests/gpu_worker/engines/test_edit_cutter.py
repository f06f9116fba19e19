"""Sound and edit of a project's video, from clips of every shape."""

from __future__ import annotations

import json
import wave
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gpu_worker.engine import Inputs
from gpu_worker.engines.edit.cutter import ENGINE as CUTTER
from gpu_worker.engines.sound.mixer import ENGINE as MIXER
from gpu_worker.media import ffmpeg, streams
from gpu_worker.media.editing import clips, colours, following
from gpu_worker.media.soundtrack import levelling, recordings
from gpu_worker.media.soundtrack.mix import Mixer
from gpu_worker.media.soundtrack.synthesis import RATE
from tasks.domain.project_planner import timeline
from tasks.domain.video_plan import EFFECTS, VideoPlan
from tests.gpu_worker.engines import films
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.workbench import Remembering, Workbench

LINE = "Hello there, this is said."


def plan(scenes: list[dict[str, Any]], **more: Any) -> VideoPlan:
    filled = [{"id": f"s{n}", "prompt": "a", "seconds": 2.0, **s} for n, s in enumerate(scenes)]
    return VideoPlan.from_dict({"scenes": filled, **more})


def voice(folder: Path, seconds: float = 1.4) -> dict[str, Path]:
    film = films.Film(text=LINE, seconds=seconds)
    speech, timings = folder / "speech.wav", folder / "timings.json"
    films._speak(speech, film)
    timings.write_text(json.dumps(films._timings(film)))
    return {"voice/speech.wav": speech, "voice/timings.json": timings}


def sound_inputs(folder: Path, wanted: VideoPlan) -> Inputs:
    written = wanted.to_dict()
    params = {
        "timeline": timeline(wanted, ("sounds", "transition")),
        "music": written["music"],
        "mix": written["mix"],
    }
    speech = voice(folder)
    spoken = [
        {"voice/speech.wav": speech["voice/speech.wav"]} for s in wanted.scenes if s.voice_line
    ]
    return Inputs(params, 0, scenes=spoken)


SIMPLE = plan(
    [
        {"voice_line": LINE, "sounds": [{"name": "click"}]},
        {"transition": {"kind": "crossfade", "seconds": 0.4}, "text": "A title"},
    ],
    captions="words",
    music={"prompt": "calm"},
)


def edit_inputs(folder: Path, wanted: VideoPlan = SIMPLE, sizes: tuple[str, ...] = ()) -> Inputs:
    made = folder / "sound"
    made.mkdir()
    sound = MIXER().run(sound_inputs(folder, wanted), Workbench(made))
    scenes = []
    for number, scene in enumerate(wanted.scenes):
        place = folder / str(number)
        place.mkdir()
        size = sizes[number] if sizes else "72x128"
        films.draw(place / "clip.mp4", "testsrc2", size, round(25 * scene.seconds * scene.speed))
        files = {"clip/clip.mp4": place / "clip.mp4"}
        if scene.voice_line:
            files["voice/timings.json"] = voice(place)["voice/timings.json"]
        scenes.append(files)
    params = {
        "timeline": timeline(wanted, ("transition", "speed", "text", "effects")),
        "captions": wanted.captions,
        "language": "en",
        "look": wanted.to_dict()["look"],
        "width": 144,
        "height": 256,
    }
    files = {f"sound/{name}": path for name, path in sound.parts.items()}
    return Inputs(params, 0, files=files, scenes=scenes)


def without_clips(folder: Path) -> Inputs:
    whole = edit_inputs(folder)
    return Inputs(whole.params, 0, files=whole.files, scenes=whole.scenes[:1])


def without_voices(folder: Path) -> Inputs:
    whole = sound_inputs(folder, SIMPLE)
    return Inputs(whole.params, 0)


CASES = [
    Case(MIXER, lambda folder: sound_inputs(folder, SIMPLE), {"INPUT_REFUSED": without_voices}),
    Case(CUTTER, edit_inputs, {"INPUT_REFUSED": without_clips}),
]


@pytest.mark.slow
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case: Case, check: Callable[[Case, Path], None], tmp_path: Path) -> None:
    check(case, tmp_path)


QUIET = {"voice": 0.0, "music": 0.0, "effects": 0.0}
CLICK = {"sounds": [{"name": "click"}]}
SPEAKS = {"voice_line": LINE}
MADE = {"source": "generated", "prompt": "calm"}


def loudness(wanted: VideoPlan, folder: Path, **files: Path) -> tuple[float, bool, list[str]]:
    """Return the loudness of a plan's sound, whether it counts as silent, and the warnings."""
    asked = sound_inputs(folder, wanted)
    (folder / "mixed").mkdir()
    inputs = Inputs(asked.params, 0, files=files, scenes=asked.scenes)
    output = MIXER().run(inputs, Workbench(folder / "mixed"))
    known = json.loads(output.parts["timeline.json"].read_text())
    sound = levelling.measure(output.parts["sound.wav"], "anull", lambda: None)
    return sound, known["silent"], known["warnings"]


@pytest.mark.parametrize("part", ["voice", "music", "effects"])
@pytest.mark.parametrize("voiced", [False, True], ids=["alone", "beside a silent voice"])
def test_a_part_at_volume_0_is_silent(part: str, voiced: bool, tmp_path: Path) -> None:
    """Whatever else the plan has: nothing else can be heard, so nothing may be."""
    scene = CLICK if part == "effects" else SPEAKS if part == "voice" or voiced else {}
    music = MADE if part == "music" else {"source": "none"}
    wanted = plan([scene], music=music, mix=QUIET)
    assert loudness(wanted, tmp_path) == (-70.0, True, [])


def test_a_part_at_a_small_volume_is_heard(tmp_path: Path) -> None:
    for part, scene in {"voice": SPEAKS, "music": {}, "effects": CLICK}.items():
        folder = tmp_path / part
        folder.mkdir()
        music = MADE if part == "music" else {"source": "none"}
        heard, silent, _ = loudness(plan([scene], music=music, mix=QUIET | {part: 0.001}), folder)
        assert not silent
        assert heard > -30


def test_music_without_a_voice_has_the_volume_of_the_plan(tmp_path: Path) -> None:
    """Beside an effect: the louder the music is planned, the less of the whole is the effect."""
    peaks = []
    for volume in (0.1, 0.35, 1.0):
        (tmp_path / str(volume)).mkdir()
        mixer = Mixer(
            sound_inputs(tmp_path / str(volume), plan([CLICK])).params["timeline"],
            MADE | {"tempo": None, "cut_on_beats": False},
            QUIET | {"music": volume, "effects": 0.6},
            tmp_path / str(volume),
            lambda: None,
        )
        target = tmp_path / f"{volume}.wav"
        mixer.mix({}, None, target)
        samples = recordings.read(target, tmp_path, lambda: None)
        click, rest = samples[: RATE // 10], samples[RATE // 2 : -RATE // 2]
        peaks.append(float(np.abs(click).max() / np.sqrt(np.square(rest).mean())))
    assert peaks[0] > 1.5 * peaks[1] > 1.5 * peaks[2]


def test_music_that_is_missing_or_silent_is_left_out_with_a_warning(tmp_path: Path) -> None:
    upload = {"source": "upload"}
    silence, short = tmp_path / "silence.wav", tmp_path / "short.wav"
    films.run("-f", "lavfi", "-i", "anullsrc=d=3", str(silence))
    films.run("-f", "lavfi", "-i", "sine=d=0.3", str(short))
    tracks = {"no track": None, "is silent": silence, "shorter": short}
    for name, track in tracks.items():
        folder = tmp_path / name
        folder.mkdir()
        files = {} if track is None else {"upload/music": track}
        heard, silent, warnings = loudness(plan([{}], music=upload), folder, **files)
        assert (heard, silent) == (-70.0, True)
        assert name in " ".join(warnings)


def test_a_voice_that_is_silent_is_no_plan_without_sound(tmp_path: Path) -> None:
    """The check must refuse such a video, so the track may not count as planned silence."""
    for name, seconds in {"empty": 0, "silent": 1}.items():
        folder = tmp_path / name
        folder.mkdir()
        asked = sound_inputs(folder, plan([SPEAKS], music={"source": "none"}))
        with wave.open(str(folder / "speech.wav"), "wb") as file:
            file.setparams((1, 2, 22050, 0, "NONE", ""))
            file.writeframes(b"\0\0" * 22050 * seconds)
        (folder / "mixed").mkdir()
        output = MIXER().run(asked, Workbench(folder / "mixed"))
        known = json.loads(output.parts["timeline.json"].read_text())
        assert not known["silent"]
        assert known["warnings"] == ["the voice of scene 1 is silent"]


def edited(folder: Path, wanted: VideoPlan, sizes: tuple[str, ...] = ()) -> dict[str, Path]:
    out = folder / "out"
    out.mkdir()
    return dict(CUTTER().run(edit_inputs(folder, wanted, sizes), Workbench(out)).parts)


@pytest.fixture(scope="module")
def simple(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The files of a video of two scenes with an overlap."""
    return edited(tmp_path_factory.mktemp("simple"), SIMPLE)


def test_a_video_of_two_scenes(simple: dict[str, Path]) -> None:
    parts = simple
    found = streams.read_streams(parts["final.mp4"])
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    assert picture is not None
    assert heard is not None
    assert (picture.width, picture.height, picture.packets) == (144, 256, 90)
    assert heard.seconds == pytest.approx(3.6, abs=0.05)
    assert levelling.measure(parts["final.mp4"], "anull", lambda: None) == pytest.approx(-16, abs=1)
    assert LINE.split(maxsplit=1)[0] in parts["captions.srt"].read_text()
    assert parts["poster.jpg"].stat().st_size


FOUR = plan(
    [
        {"voice_line": LINE, "text": "A title"},
        {"transition": {"kind": "cut"}, "effects": ["grain"]},
        {"transition": {"kind": "crossfade", "seconds": 0.4}},
        {"transition": {"kind": "dip", "seconds": 0.4}},
    ],
    captions="words",
)


def pictures(video: Path) -> list[str]:
    """Return a checksum of each decoded frame, with its time."""
    report = films.run("-i", str(video), "-map", "0:v", "-f", "framecrc", "-").decode()
    return [line for line in report.splitlines() if not line.startswith("#")]


@pytest.mark.slow
def test_only_the_pieces_of_a_changed_scene_are_encoded(tmp_path: Path) -> None:
    """The third scene has a piece of its own, and its overlap with the second is another one."""
    asked = edit_inputs(tmp_path, FOUR)
    known: dict[str, bytes] = {}
    first = CUTTER().run(asked, Remembering(tmp_path / "first", known, asked))
    assert (first.facts["pieces"], first.facts["encoded"]) == (5, 5)
    changed = tmp_path / "changed.mp4"
    films.draw(changed, "smptebars", "72x128", 50)
    scenes = [*asked.scenes]
    scenes[2] = {"clip/clip.mp4": changed}
    again = replace(asked, scenes=scenes)
    second = CUTTER().run(again, Remembering(tmp_path / "second", known, again))
    assert second.facts["encoded"] == 2
    fresh = CUTTER().run(again, Remembering(tmp_path / "fresh", {}, again))
    shown = pictures(second.parts["final.mp4"])
    assert shown == pictures(fresh.parts["final.mp4"])
    assert shown[:50] == pictures(first.parts["final.mp4"])[:50]
    assert shown[100] != pictures(first.parts["final.mp4"])[100]


def test_the_joined_pieces_are_one_even_stream(simple: dict[str, Path]) -> None:
    """Equal headers, a key frame at each begin, and no frame doubled, lost or out of time."""
    parts = simple
    encoded = [path for name, path in sorted(parts.items()) if name.startswith("scene-")]
    found = [streams.video(path) for path in (*encoded, parts["final.mp4"])]
    assert len({stream.header for stream in found}) == 1
    frames = [stream.packets for stream in found]
    assert sum(frames[:-1]) == frames[-1] == 90
    final = str(parts["final.mp4"])
    times = [int(line.split(",")[2]) for line in pictures(parts["final.mp4"])]
    assert times == list(range(90))
    keys = films.run("-skip_frame", "nokey", "-i", final, "-map", "0:v", "-fps_mode", "passthrough",
                     "-f", "framecrc", "-").decode()  # fmt: skip
    begins = {int(line.split(",")[2]) for line in keys.splitlines() if not line.startswith("#")}
    assert begins >= {sum(frames[:n]) for n in range(len(encoded))}
    packets = films.run("-i", final, "-map", "0:v", "-c", "copy", "-f", "framecrc", "-").decode()
    decoded = [int(line.split(",")[1]) for line in packets.splitlines() if line[:1] != "#"]
    assert decoded == sorted(set(decoded))


@pytest.mark.slow
def test_every_transition_effect_and_shape(tmp_path: Path) -> None:
    kinds = ("cut", "crossfade", "dip", "wipe", "slide", "cut", "dip", "crossfade")
    wanted = plan(
        [
            {
                "effects": [effect],
                "speed": speed,
                "transition": {"kind": kind, "seconds": 0.0 if kind == "cut" else 0.5},
            }
            for kind, effect, speed in zip(
                kinds, EFFECTS, (1, 2, 0.5, 1, 1, 0.25, 4, 1), strict=True
            )
        ],
        music={"prompt": "party", "cut_on_beats": True},
    )
    sizes = ("72x128", "160x90", "90x160", "128x96", "96x128", "144x256", "320x180", "100x100")
    for fit in ("crop", "blur"):
        folder = tmp_path / fit
        folder.mkdir()
        chosen = VideoPlan.from_dict({**wanted.to_dict(), "look": {"fit": fit}})
        picture = streams.video(edited(folder, chosen, sizes)["final.mp4"])
        assert picture.packets == round(25 * wanted.seconds)


@pytest.mark.slow
def test_a_crop_follows_what_moves(tmp_path: Path) -> None:
    """A bright ball goes from the left to the right: the crop has it in sight nearly always."""
    target = tmp_path / "clip.mp4"
    ball = "geq=lum='40+200*lt(hypot(X-(60+200*T/5),Y-90),22)':cb=128:cr=128"
    source = ("-f", "lavfi", "-i", "color=c=gray:s=320x180:r=25:d=5")
    films.run(*source, "-vf", ball, "-c:v", "libx264", str(target))
    clip = clips.read(target)
    path = following.follow(clip, clip.thumbs(lambda: None), lambda: None)
    at = np.arange(0, 5, 0.2)
    across = np.interp(at, path.times, path.across)
    assert np.abs(across - (60 + 40 * at) / 320).max() < 180 * 9 / 16 / 320 / 2


HDR = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
TAGS = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
BARS = ("-f", "lavfi", "-i", "color=c=gray:s=320x180:r=25:d=2.2,drawbox=x=0:w=160:c=white:t=fill")
OWN = {
    "turned": ((), ("-metadata:s:v", "rotate=90"), (90, 160)),
    "stretched": (("-vf", "scale=160:180,setsar=2"), (), (160, 90)),
    "hdr": (
        ("-vf", f"format=yuv420p10le,setparams={HDR}", "-pix_fmt", "yuv420p10le", *TAGS),
        (),
        (160, 90),
    ),
    "variable": (
        ("-vf", "setpts='if(lt(N,20),N/25,20/25+(N-20)/17)/TB'", "-vsync", "vfr"),
        (),
        (160, 90),
    ),
}


@pytest.mark.slow
@pytest.mark.usefixtures("system_ffmpeg")  # a later one writes no rotation
@pytest.mark.parametrize("name", OWN)
def test_own_clips_of_every_make_are_shown_as_they_are_seen(name: str, tmp_path: Path) -> None:
    """Turned, of pixels that are not square, HDR and of a variable rate: whole, in the middle."""
    coded, tags, size = OWN[name]
    first, own = tmp_path / "first.mp4", tmp_path / "own.mp4"
    films.run(*BARS, "-c:v", "libx264", "-pix_fmt", "yuv420p", *coded, str(first))
    films.run("-i", str(first), "-c", "copy", *tags, str(own))
    clip = clips.read(own)
    assert clip.width * size[1] == clip.height * size[0]
    material = {"kind": "clip", "upload": "a" * 64}
    wanted = plan([{"material": material}], look={"fit": "blur", "colour_match": 0.0})
    asked = edit_inputs(tmp_path, wanted)
    (tmp_path / "out").mkdir()
    inputs = Inputs(asked.params, 0, files=asked.files, scenes=[{"clip/clip.mp4": own}])
    final = CUTTER().run(inputs, Workbench(tmp_path / "out")).parts["final.mp4"]
    found = streams.video(final)
    assert (found.width, found.height, found.pixel_format) == (144, 256, "yuv420p")
    frame = films.run("-ss", "1", "-i", str(final), "-frames:v", "1", "-f", "rawvideo",
                      "-pix_fmt", "gray", "-")  # fmt: skip
    shown = np.frombuffer(frame, np.uint8).reshape(256, 144).astype(int)
    if name == "turned":  # the white half is above or below the grey one
        assert abs(shown[80, 40:100].mean() - shown[180, 40:100].mean()) > 40
    else:
        assert shown[128, 20:60].mean() > shown[128, 84:124].mean() + 40


def test_an_own_clip_begins_where_the_plan_says(tmp_path: Path) -> None:
    own = tmp_path / "own.mp4"
    ramp = "color=c=black:s=72x128:r=25:d=8,geq=lum='16+25*T':cb=128:cr=128"
    films.run("-f", "lavfi", "-i", ramp, "-c:v", "libx264", "-pix_fmt", "yuv420p", str(own))
    levels = []
    for start in (0.0, 5.0, 100.0):
        folder = tmp_path / f"{start}"
        folder.mkdir()
        material = {"kind": "clip", "upload": "a" * 64, "start": start}
        asked = edit_inputs(folder, plan([{"material": material}], look={"colour_match": 0.0}))
        params = {
            **asked.params,
            "timeline": [{**asked.params["timeline"][0], "material": material}],
        }
        (folder / "out").mkdir()
        inputs = Inputs(params, 0, files=asked.files, scenes=[{"clip/clip.mp4": own}])
        final = CUTTER().run(inputs, Workbench(folder / "out")).parts["final.mp4"]
        frame = films.run("-i", str(final), "-frames:v", "1", "-f", "rawvideo", "-pix_fmt", "gray",
                          "-")  # fmt: skip
        levels.append(float(np.frombuffer(frame, np.uint8).mean()))
    assert levels[1] - levels[0] == pytest.approx(5 * 25 * 255 / 219, abs=8)
    assert levels[2] > levels[1] + 30  # as late as it can: something must be left to show


def test_colours_come_closer_by_their_strength(tmp_path: Path) -> None:
    warm = tmp_path / "warm.png"
    chance = np.random.default_rng(1)
    Image.fromarray(
        np.clip(chance.normal((200, 140, 90), 30, (64, 64, 3)), 0, 255).astype(np.uint8)
    ).save(warm)
    cold = tmp_path / "cold.mp4"
    films.draw(cold, "color=c=0x405070", "64x64", 3)
    wanted, clip = colours.of_picture(warm), clips.read(cold)
    before = colours.tones(clip.thumbs(lambda: None))
    gaps = []
    for strength in (0.0, 0.5, 1.0):
        filters = colours.matching(before, wanted, strength) or "null"
        matched = tmp_path / f"{strength}.mp4"
        ffmpeg.run(["-i", str(cold), "-vf", filters, str(matched)], check=lambda: None)
        after = colours.tones(clips.read(matched).thumbs(lambda: None))
        gaps.append(sum(abs(a - b) for a, b in zip(after.means, wanted.means, strict=True)))
    assert gaps[0] > 1.3 * gaps[1] > 1.3 * gaps[2]
