from __future__ import annotations

import json
import time
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

import cv2
import numpy as np
import psutil
import pytest

from gpu_worker.engine import Inputs
from gpu_worker.engines.animate import audio_curves
from gpu_worker.engines.animate import face_points as at
from gpu_worker.engines.animate.audio_curves import lips_from_audio
from gpu_worker.engines.animate.lip_curves import OPENING, lips_from_phonemes
from gpu_worker.engines.animate.mesh_warp import ENGINE
from gpu_worker.engines.animate.painter import Painter
from gpu_worker.engines.animate.performance import perform
from gpu_worker.engines.animate.speech import Phoneme, Speech, frame_times, read_speech
from gpu_worker.engines.animate.subject import Subject, read_subject
from gpu_worker.engines.animate.visemes import closes_lips, opens_mouth, sounds
from tasks.domain.errors import Cancelled, EngineBroken
from tests.gpu_worker.engines import faces, recordings, sync
from tests.gpu_worker.engines.animation import face_files, frames_of, tones
from tests.gpu_worker.engines.conformance import CHECKS, Case
from tests.gpu_worker.engines.workbench import Workbench

SIZE = (288, 512)
SAID = (
    "Hello. My name is Pamela, and this map shows how people built the harbour. "
    "Every morning boats bring fish, bread and paper to the market."
)
OTHER = "Good morning. Today we will look at how rivers carry sand down to the sea, and why."


@cache
def voice_files(text: str) -> dict[str, Path]:
    """What the real voice engine hands on."""
    from gpu_worker.engines.voice.piper import ENGINE as PIPER
    from tests.gpu_worker.engines.voices import scene

    folder = Path(mkdtemp(prefix="voice-"))
    engine = PIPER()
    output = engine.run(scene(text)(folder), Workbench(folder))
    engine.close()
    return {f"voice/{name}": path for name, path in output.parts.items()}


def inputs(folder: Path) -> Inputs:
    params = {"width": SIZE[0], "height": SIZE[1], "fps": 25}
    face = face_files(faces.astronaut, SIZE)
    still = {"enhance/still.png": face["face/crop.png"]}
    return Inputs(params, 7, 0, {**face, **still, **tones(folder)})


def broken_sound(folder: Path) -> Inputs:
    good = inputs(folder)
    good.files["voice/speech.wav"].write_bytes(b"RIFF")
    return good


CASES = [Case(ENGINE, inputs, {"INPUT_REFUSED": broken_sound})]


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
@pytest.mark.parametrize("case", CASES, ids=str)
def test_conformance(case, check, tmp_path):
    check(case, tmp_path)


def animate(files: dict[str, Path], folder: Path, size=SIZE, seed: int = 7) -> Path:
    folder.mkdir(exist_ok=True)
    engine = ENGINE()
    engine.load()
    params = {"width": size[0], "height": size[1], "fps": 25}
    return engine.run(Inputs(params, seed, 0, files), Workbench(folder)).parts["video.mp4"]


@pytest.mark.parametrize(("seconds", "count"), [(0.6, 15), (0.61, 16), (0.05, 2), (1.0, 25)])
def test_every_started_frame_of_the_sound_is_shown(tmp_path, seconds, count):
    files = {**face_files(faces.astronaut, SIZE), **tones(tmp_path, seconds)}
    shown = frames_of(animate(files, tmp_path / "work"))
    assert shown.shape == (count, SIZE[1], SIZE[0], 3)


@pytest.mark.slow
def test_the_background_does_not_move_and_scenes_begin_and_end_alike(tmp_path):
    wide = (512, 288)
    files = {**face_files(faces.astronaut, wide), **voice_files(SAID)}
    videos = [animate(files, tmp_path / str(seed), wide, seed) for seed in (1, 2)]
    one, two = (frames_of(video).astype(int) for video in videos)
    assert np.abs(one[:, :, -60:] - one[0, :, -60:]).max() <= 12, "only the codec's own noise"
    assert np.abs(one[len(one) // 2] - two[len(two) // 2]).max() > 40, "seeds differ"
    for first, second in ((one[0], two[0]), (one[-1], two[0]), (two[-1], one[0])):
        assert np.abs(first - second).mean() < 2.0


def test_cancelling_between_frames_leaves_no_encoder_process(tmp_path):
    engine = ENGINE()
    engine.load()
    bench = Workbench(tmp_path / "work", stop_at=0.5)
    bench.workdir.mkdir()
    # Services of other tests may run below this process too.
    others = set(psutil.Process().children(recursive=True))
    with pytest.raises(Cancelled):
        engine.run(inputs(tmp_path), bench)
    assert 0.5 <= bench.fractions[-1] < 0.6
    assert set(psutil.Process().children(recursive=True)) <= others


def test_a_failing_encoder_is_reported(tmp_path, monkeypatch):
    monkeypatch.setattr("gpu_worker.media.encoder.executable", lambda: "/bin/false")
    with pytest.raises(EngineBroken):
        animate({**face_files(faces.astronaut, SIZE), **tones(tmp_path)}, tmp_path / "work")


def test_memory_does_not_grow_with_the_length_of_the_speech(tmp_path):
    files = {**face_files(faces.astronaut, SIZE), **tones(tmp_path, 1.0)}
    animate(files, tmp_path / "work")
    before = psutil.Process().memory_info().rss
    long = {**files, **tones(tmp_path, 12.0)}
    animate(long, tmp_path / "work")
    # 300 frames would be 66 MB.
    assert psutil.Process().memory_info().rss - before < 40e6


# --- Lips -----------------------------------------------------------------------------


def silence(phonemes: list[Phoneme], seconds: float = 1.0) -> Speech:
    return Speech(np.full(16000, 0.1, np.float32)[: round(16000 * seconds)], 16000, tuple(phonemes))


@pytest.mark.parametrize("sign", ["p", "b", "m"])
@pytest.mark.parametrize("shift", np.arange(0, 0.04, 0.01).tolist())
def test_lips_close_for_p_b_and_m_in_any_frame(sign, shift):
    said = [Phoneme("a", 0.2, 0.35, 1), Phoneme(sign, 0.35 + shift, 0.38 + shift)]
    said.append(Phoneme("a", 0.38 + shift, 0.6, 1))
    curves = lips_from_phonemes(silence(said), 25)
    shown = [int((0.35 + shift) * 25), int((0.38 + shift) * 25)]
    assert min(curves["open"][shown[0] - 1 : shown[1] + 1]) == 0
    assert max(curves["open"]) > 0.22


@pytest.mark.parametrize("bare", [False, True], ids=["phonemes", "audio"])
def test_lips_move_no_faster_than_real_lips(bare):
    files = voice_files(SAID)
    speech = read_speech(files["voice/speech.wav"], files["voice/timings.json"])
    play = perform(Speech(speech.samples, speech.rate, () if bare else speech.phonemes), 25, 1)
    steps = np.abs(np.diff(play.curves["open"]))
    speed = audio_curves.OPENING if bare else OPENING
    assert steps.max() <= speed / 25 + 1e-6, "from shut to wide open takes more than two frames"
    assert steps.max() > 0.9 * speed / 25
    assert np.abs(np.diff(play.curves["round"])).max() < 0.6
    assert play.curves["open"].max() > 0.25


@pytest.mark.parametrize("ipa", ["aɪ", "oʊ", "tʃ", "iː", "ˈɑː", "ç", "", "_", "ʘ", "漢", "1"])
def test_every_ipa_symbol_has_a_viseme(ipa):
    assert 1 <= len(sounds(ipa)) <= 2


def test_affricates_and_prenasalised_sounds_have_their_lip_shapes():
    assert closes_lips("mː")
    assert closes_lips("pf")
    assert not closes_lips("f")


def test_speech_without_phonemes_is_driven_by_audio(tmp_path):
    files = voice_files(SAID)
    timed = read_speech(files["voice/speech.wav"], files["voice/timings.json"])
    bare = Speech(timed.samples, timed.rate, ())
    told, heard = perform(timed, 25, 1), perform(bare, 25, 1)
    assert (told.driver, heard.driver) == ("phonemes", "audio")
    agree = np.corrcoef(told.curves["open"], heard.curves["open"])[0, 1]
    assert agree > 0.4
    assert not perform(Speech(np.zeros(16000, np.float32), 16000, ()), 25, 1).curves["open"].any()


# --- The picture ----------------------------------------------------------------------


@pytest.fixture(scope="module")
def subject() -> Subject:
    return read_subject(face_files(faces.astronaut, (512, 512)), {"width": 512, "height": 512})


def light(frame: bytes) -> np.ndarray:
    return np.frombuffer(frame, np.uint8)[: 512 * 512].reshape(512, 512).astype(int)


def test_without_controls_the_still_is_unchanged(subject):
    painter = Painter(subject)
    drawn = light(painter.draw({}))
    still = light(Painter(subject)._canvas.planes)
    # Its own mouth is painted again, from its own teeth.
    assert np.abs(drawn - still).mean() < 0.5


def redness(frame: bytes) -> np.ndarray:
    return np.frombuffer(frame, np.uint8)[-256 * 256 :].reshape(256, 256).astype(int)


def test_closing_hides_the_teeth_and_opening_shows_the_throat(subject):
    painter = Painter(subject)
    ring = subject.points[[*at.UPPER_INNER, *reversed(at.LOWER_INNER)], :2]
    x, y = ring.mean(0).astype(int)
    lips = np.s_[y // 2 - 1 : y // 2 + 2, x // 2 - 5 : x // 2 + 6]
    smiling, closed = (redness(painter.draw(c))[lips].mean() for c in ({}, {"close": 1}))
    assert closed - smiling > 4
    wide = light(painter.draw({"close": 1, "open": 0.35}))
    assert wide[y : y + 60, x - 5 : x + 5].min() < 45


def test_a_narrow_dark_gap_is_not_mistaken_for_teeth(subject):
    from gpu_worker.engines.animate.lips import Lips
    from gpu_worker.engines.animate.teeth import find_teeth

    assert find_teeth(subject, Lips.of(subject)).own
    image = subject.image.copy()
    ring = subject.points[[*at.UPPER_INNER, *reversed(at.LOWER_INNER)], :2]
    cv2.fillPoly(image, [ring.round().astype(np.int32)], (60, 25, 25))
    parted = Subject(image, subject.points, subject.mask)
    assert not find_teeth(parted, Lips.of(parted)).own


def test_a_blink_covers_the_eyes_and_nothing_else(subject):
    painter = Painter(subject)
    opened, shut = light(painter.draw({"close": 1})), light(painter.draw({"close": 1, "blink": 1}))
    changed = np.abs(opened - shut) > 12
    for iris in (at.LEFT_IRIS, at.RIGHT_IRIS):
        x, y = subject.points[iris, :2].astype(int)
        assert changed[y - 2 : y + 3, x - 2 : x + 3].mean() > 0.8
    lowest = subject.points[[145, 374], 1].max() + 0.2 * subject.eyes_apart
    highest = subject.points[list(at.LEFT_BROW + at.RIGHT_BROW), 1].min()
    rows = np.flatnonzero(changed.any(1))
    assert highest < rows[0]
    assert rows[-1] < lowest


@pytest.mark.parametrize("person", [False, True], ids=["piper", "person"])
def test_lips_close_when_driven_by_audio_alone(tmp_path, person):
    files = recordings.austen(tmp_path) if person else voice_files(SAID)
    speech = read_speech(files["voice/speech.wav"], files["voice/timings.json"])
    told = lips_from_audio(speech, 25)
    times = frame_times(len(told["open"]), 25)

    def at_sounds(wanted):
        for sound in speech.phonemes:
            if wanted(sound):
                yield told["open"][(times > sound.start - 0.06) & (times < sound.end + 0.06)]

    closed = [lips.min() < 0.02 for lips in at_sounds(lambda p: closes_lips(p.ipa))]
    opened = [lips.max() > 0.06 for lips in at_sounds(lambda p: p.stress and opens_mouth(p.ipa))]
    assert len(closed) >= 5
    assert np.mean(closed) >= 0.75
    assert np.mean(opened) >= 0.9
    assert (told["open"] < 0.02).mean() < 0.6, "a mouth that never opens would pass"


# --- What is seen in the finished video --------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize(
    "make",
    [faces.astronaut, faces.admiral, faces.darker_skin, faces.side_lit, faces.black_and_white],
)
def test_lip_movement_in_the_video_follows_the_speech(tmp_path, make):
    size = (512, 512)
    files = {**face_files(make, size), **voice_files(SAID)}
    seen = sync.watch(animate(files, tmp_path / "work", size))
    found = sync.judge(seen, files["voice/speech.wav"], files["voice/timings.json"])
    assert found.missed == 0
    assert found.closed >= 0.9
    assert found.opened >= 0.9
    assert found.r >= 0.6
    assert abs(found.lag_ms) <= 80
    level = sync.log_energy(voice_files(OTHER)["voice/speech.wav"], 25, len(seen.aperture))
    assert sync.correlation(seen.aperture, level, 25)[0] < 0.3
    assert seen.blinks >= 1
    assert np.abs(seen.nose).max() < 0.08, "the head moves, but stays"
    assert np.ptp(seen.nose, axis=0).max() > 0.004


@pytest.mark.slow
@pytest.mark.parametrize("person", [False, True], ids=["piper", "person"])
def test_recorded_speech_is_lip_synced(tmp_path, person):
    spoken = recordings.austen(tmp_path) if person else voice_files(SAID)
    bare = tmp_path / "bare.json"
    timings = json.loads(spoken["voice/timings.json"].read_text())
    bare.write_text(json.dumps(timings | {"phonemes": []}))
    files = {**face_files(faces.astronaut, (512, 512)), **spoken, "voice/timings.json": bare}
    video = animate(files, tmp_path / "work", (512, 512))
    found = sync.measure(video, spoken["voice/speech.wav"], spoken["voice/timings.json"])
    assert found.r >= 0.6
    assert abs(found.lag_ms) <= 80
    assert found.closed >= 0.9
    assert found.opened >= 0.9


@pytest.mark.bench
@pytest.mark.parametrize(("size", "least"), [((512, 512), 65), ((1080, 1920), 25)])
def test_animation_is_faster_than_real_time(tmp_path, size, least):
    files = {**face_files(faces.astronaut, size), **voice_files(SAID)}
    engine = ENGINE()
    engine.load()
    params = {"width": size[0], "height": size[1], "fps": 25}
    began = time.monotonic()
    output = engine.run(Inputs(params, 7, 0, files), Workbench(tmp_path))
    assert output.facts["frames"] / (time.monotonic() - began) >= least
