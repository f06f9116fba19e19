from __future__ import annotations

import io
import re
import time
from itertools import pairwise

import numpy as np
import psutil
import pytest
from PIL import Image

from gpu_worker.engines.assemble import ffmpeg as assemble
from gpu_worker.engines.assemble import quality, sound, text_track
from gpu_worker.media import ffmpeg, streams
from gpu_worker.media.fingerprints import Samples
from gpu_worker.media.soundtrack import levelling
from tasks.domain.errors import Cancelled, InputRefused, ResultRefused
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.films import Film, draw, inputs, run
from tests.gpu_worker.engines.workbench import Workbench

ENGINE = assemble.ENGINE
TWO = (Film(), Film("And here is another one.", 1.3))
CASES = [
    Case(
        ENGINE,
        lambda folder: inputs(
            folder, TWO, captions="burned", label=True, transition="crossfade", width=256
        ),
        signed=("final.mp4",),
    ),
]


def _never() -> None:
    """Never stop."""


@pytest.mark.usefixtures("system_ffmpeg")
@pytest.mark.parametrize("check", CHECKS)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


def _film(folder, films=TWO, **params):
    work = folder / "work"
    work.mkdir(parents=True)
    return ENGINE().run(inputs(folder / "given", films, **params), Workbench(work))


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The folder of a video without captions, label or transition, and what was made there."""
    folder = tmp_path_factory.mktemp("plain")
    return folder, _film(folder)


@pytest.fixture(scope="module")
def unknown_letters(tmp_path_factory):
    """A video whose captions no font can draw."""
    films = (Film("\U00012000 \U00012001."),)
    return _film(tmp_path_factory.mktemp("unknown-letters"), films, captions="burned")


def _frame(path, at):
    png = run("-ss", str(at), "-i", str(path), "-frames:v", "1", "-f", "image2pipe", "-c:v",
              "png", "-")  # fmt: skip
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), np.int16)


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"captions": "burned"},
        {"width": 256, "height": 144},
        {"width": 256, "height": 256, "transition": "crossfade", "label": True},
    ],
    ids=["copied", "captions", "wide", "square"],
)
def test_a_video_has_the_length_of_its_scenes_and_the_target_loudness(params, plain, tmp_path):
    made = _film(tmp_path, **params) if params else plain[1]
    found = streams.read_streams(made.parts["final.mp4"])
    picture, heard = streams.of_kind(found, "video"), streams.of_kind(found, "audio")
    joined = 1.6 + 1.32 - (0.4 if params.get("transition") else 0.0)
    # What a crossfade does not find in quiet, it holds: at most its own length.
    assert joined - 0.001 <= picture.seconds <= joined + (0.4 if params.get("transition") else 0)
    assert heard.seconds == pytest.approx(picture.seconds, abs=0.03)
    assert heard.start == picture.start == 0
    assert (picture.codec, picture.pixel_format, heard.sample_rate) == ("h264", "yuv420p", 48000)
    size = (params.get("width", 144), params.get("height", 256))
    assert (picture.width, picture.height) == size
    assert levelling.measure(made.parts["final.mp4"], "anull", _never) == pytest.approx(-16, abs=1)
    assert quality.faststart(made.parts["final.mp4"])
    with Image.open(made.parts["poster.jpg"]) as poster:
        assert poster.size == size


def test_scenes_in_the_final_format_are_not_encoded_again(plain):
    folder, made = plain

    def sums(path):
        report = run("-i", str(path), "-map", "0:v", "-c", "copy", "-f", "framecrc", "-").decode()
        return [line.split(",")[5].strip() for line in report.splitlines() if line[0] == "0"]

    given = sorted((folder / "given").glob("scene-*/video.mp4"))
    before = [sum_ for path in given for sum_ in sums(path)]
    after = sums(made.parts["final.mp4"])
    assert len(after) == len(before)
    assert len(set(after) & set(before)) > 0.9 * len(set(before))  # key frames get colour tags


def test_caption_files_have_the_text_at_the_time_of_the_speech(tmp_path):
    # Slow enough to be read as it is heard.
    films = (Film(seconds=2.6), Film("And here is another one.", 1.9))
    made = _film(tmp_path, films, captions="burned")
    srt, vtt = (made.parts[f"captions.{kind}"].read_text() for kind in ("srt", "vtt"))
    clock = re.compile(r"(\d\d):(\d\d),(\d{3}) --> 00:(\d\d):(\d\d),(\d{3})")
    numbers = [[int(text) for text in found.groups()] for found in clock.finditer(srt)]
    times = [(m * 60 + s + t / 1000, n * 60 + r + u / 1000) for m, s, t, n, r, u in numbers]
    assert times[0][0] == pytest.approx(0.1, abs=0.001)
    assert any(start == pytest.approx(2.6 + 0.1, abs=0.001) for start, _ in times)
    assert all(start < end for start, end in times)
    assert all(end <= after for (_, end), (after, _) in pairwise(times))
    said = " ".join(line for line in srt.splitlines() if line and not line[0].isdigit())
    assert said == "Hello and welcome, this is a scene. And here is another one."
    assert vtt.startswith("WEBVTT\nKind: captions\nLanguage: en\n\n00:00:00.100 --> ")
    assert re.findall(r"[\d:]+[.,]\d+", srt.replace(",", ".")) == re.findall(r"[\d:]+\.\d+", vtt)
    seen = ffmpeg.run(
        ["-i", str(made.parts["final.mp4"]), "-t", "0", "-f", "null", "-"], check=_never
    )
    assert "(eng): Audio" in seen


@pytest.mark.parametrize(
    "params", [{}, pytest.param({"captions": "burned"}, marks=pytest.mark.slow)]
)
def test_captions_are_a_track_of_the_video_that_is_off_until_it_is_chosen(params, tmp_path):
    made = _film(tmp_path, (Film(seconds=2.6), Film("Tom & Ada <3.", 1.9)), **params)
    video = made.parts["final.mp4"]
    seen = ffmpeg.run(["-i", str(video), "-t", "0", "-f", "null", "-"], check=_never)
    assert re.search(r"\(eng\): Subtitle: mov_text", seen)
    told = run("-i", str(video), "-map", "0:s", "-f", "srt", "-").decode()
    assert told.count("-->") == made.parts["captions.srt"].read_text().count("-->")
    assert "Tom & Ada <3." in told.replace("\n", " ")
    assert _shown(video) == {b"vide": True, b"soun": True, b"sbtl": False}


def test_captions_that_cannot_be_burned_in_are_shown_by_the_player(unknown_letters):
    assert _shown(unknown_letters.parts["final.mp4"])[b"sbtl"]


def _shown(path):
    """Whether players show each kind of track unasked, as its header says."""
    with path.open("rb") as file:
        (moov,) = text_track.boxes(file, 0, path.stat().st_size, b"moov")
        found = {}
        for trak in text_track.boxes(file, *moov, b"trak"):
            kind = text_track.handler(file, *trak)
            ((at, _),) = text_track.boxes(file, *trak, b"tkhd")
            file.seek(at + 3)
            found[kind] = bool(file.read(1)[0] & 1)
    return found


def test_letters_that_no_font_has_are_never_boxes_but_a_warning(unknown_letters):
    assert any("not burned in" in warning for warning in unknown_letters.facts["warnings"])
    assert "\U00012000" in unknown_letters.parts["captions.srt"].read_text()


def test_captions_are_visible_only_while_their_words_are_spoken(tmp_path):
    quiet = Film("One two three.", 3.0, quiet=1.1)
    bare, captioned = (
        _film(tmp_path / kind, (quiet,), captions=kind, width=256, height=448)
        for kind in ("off", "burned")
    )

    def whiter(at):
        lower = slice(280, 400)
        a, b = (_frame(made.parts["final.mp4"], at)[lower] for made in (bare, captioned))
        return int(((b > 235).all(-1) & ~(a > 235).all(-1)).sum())

    assert whiter(1.5) > 200
    assert whiter(0.5) < 40
    assert whiter(2.8) < 40


def test_a_crossfade_mixes_two_scenes_for_its_length_only(tmp_path):
    fade = _faded(tmp_path)
    raw = run("-i", str(fade), "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    frames = np.frombuffer(raw, np.uint8).reshape(-1, 256, 144, 3)
    assert len(frames) == 90
    mixed = [n for n, frame in enumerate(frames) if min(frame[100, 70, [0, 2]]) > 12]
    assert 40 <= mixed[0] <= 41  # 1.6 s
    assert 48 <= mixed[-1] <= 49  # 2.0 s
    assert len(mixed) == mixed[-1] - mixed[0] + 1


def _faded(folder):
    """The joined picture alone: the quality check rightly refuses plain colours."""
    from gpu_worker.engines.assemble import picture, takes, timeline
    from tasks.domain.screenplay import Screenplay

    films = [Film("One.", 2.0, source=f"color=c={c}", quiet=0.3) for c in ("red", "blue")]
    given = inputs(folder / "fade", films)
    screenplay = Screenplay.from_json(given.files["script/screenplay.json"].read_text())
    scenes = takes.read(screenplay, given.scenes)
    placed = timeline.plan(scenes, takes.frame_rate(scenes), crossfade=True)
    assert placed.frames == 50 + 50 - 10
    heard, target = folder / "sound.wav", folder / "fade.mp4"
    sound.join(placed, heard, _never)
    frame = picture.Frame(144, 256)
    ffmpeg.run(
        picture.command(placed, heard, frame, layers=(), metadata={}, target=target), check=_never
    )
    return target


@pytest.mark.parametrize(
    ("films", "reason"),
    [
        ((Film(source="color=c=black"),), "black"),
        ((Film(seconds=5.0, source="smptebars"),), "frozen"),
        ((Film(loud=0.0),), "silent"),
    ],
)
def test_a_bad_result_is_refused_with_its_reason(films, reason, tmp_path):
    with pytest.raises(ResultRefused) as refusal:
        _film(tmp_path, films)
    assert refusal.value.details["reason"] == reason
    assert "/" not in refusal.value.user_message


def test_black_and_frozen_pictures_are_measured_without_decoding_every_frame(tmp_path, monkeypatch):
    film = tmp_path / "film.mp4"
    parts = ("testsrc2=d=1", "color=c=black:d=0.6", "testsrc2=d=1", "smptebars=d=2")
    drawn = [word for one in parts for word in ("-f", "lavfi", "-i", f"{one}:s=144x256:r=25")]
    tone = ("-f", "lavfi", "-i", "sine=d=4.6")
    joined = ("-filter_complex", "[0][1][2][3]concat=n=4", "-map", "4:a", "-shortest")
    coding = ("-c:v", "libx264", "-preset", "superfast", "-bf", "3", "-pix_fmt", "yuv420p")
    run(*drawn, *tone, *joined, *coding, str(film))
    report = quality.inspect(film, tmp_path / "poster.jpg", Samples(tmp_path), _never)
    assert (report.black_seconds, report.duration) == (0.6, 4.6)
    assert report.longest_freeze > 1.4  # the first frames of a shot still get sharper
    found = Samples(tmp_path).fingerprint()
    assert len(found.frames) == 5
    monkeypatch.setattr(quality, "_ENOUGH", ())
    assert quality.inspect(film, tmp_path / "poster.jpg", Samples(tmp_path), _never) == report
    assert found.sounds == Samples(tmp_path).fingerprint().sounds


def test_a_result_of_another_length_or_size_is_refused(plain, tmp_path):
    _, made = plain
    report = quality.inspect(
        made.parts["final.mp4"], tmp_path / "poster.jpg", Samples(tmp_path), _never
    )
    quality.judge(report, quality.Expected(144, 256, report.duration))
    for expected, reason in (
        (quality.Expected(144, 256, report.duration + 1), "duration"),
        (quality.Expected(256, 144, report.duration), "size"),
    ):
        with pytest.raises(ResultRefused) as refusal:
            quality.judge(report, expected)
        assert refusal.value.details["reason"] == reason


def test_sound_out_of_sync_with_the_picture_is_refused(plain, tmp_path):
    _, made = plain
    late = tmp_path / "late.mp4"
    source = str(made.parts["final.mp4"])
    run("-i", source, "-itsoffset", "0.3", "-i", source, "-map", "0:v", "-map", "1:a", "-c",
        "copy", "-movflags", "+faststart", str(late))  # fmt: skip
    report = quality.inspect(late, tmp_path / "poster.jpg", Samples(tmp_path), _never)
    with pytest.raises(ResultRefused) as refusal:
        quality.judge(report, quality.Expected(144, 256, report.duration))
    assert refusal.value.details["reason"] == "offset"


def test_a_scene_that_is_not_a_video_is_refused(tmp_path):
    given = inputs(tmp_path / "given", TWO)
    given.scenes[1]["video/video.mp4"].write_bytes(b"not a video at all")
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(InputRefused) as refusal:
        ENGINE().run(given, Workbench(work))
    assert str(tmp_path) not in refusal.value.user_message


def test_a_stop_ends_ffmpeg_within_a_second(tmp_path):
    long = tmp_path / "long.mp4"
    draw(long, "testsrc2", "640x360", 100)
    began = []

    def stop():
        running = [c for c in psutil.Process().children() if "ffmpeg" in c.name()]
        if running and not began:
            began.append(time.monotonic())
        if began:
            raise Cancelled

    with pytest.raises(Cancelled):
        ffmpeg.run(
            [
                "-stream_loop",
                "-1",
                "-i",
                str(long),
                "-preset",
                "veryslow",
                "-f",
                "mp4",
                "/dev/null",
            ],
            check=stop,
        )
    assert time.monotonic() - began[0] < 1
    assert not [c for c in psutil.Process().children() if "ffmpeg" in c.name()]
