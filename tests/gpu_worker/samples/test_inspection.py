"""What is refused before it is decoded, each with its code, and what is mended instead."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from gpu_worker.media.samples import inspection
from gpu_worker.media.samples.frames import Decoding
from gpu_worker.media.samples.inspection import Limits
from tasks.domain.errors import SampleRefused
from tests.gpu_worker.engines import films

MOVING = ("-f", "lavfi", "-i", "testsrc2=s=90x160:r=25:d=1.4")
TONE = ("-f", "lavfi", "-i", "sine=d=1.4")
H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p")


def made(target: Path, *arguments: str) -> Path:
    films.run(*arguments, str(target))
    return target


def inspected(path: Path, limits: Limits | None = None) -> inspection.SampleInfo:
    return inspection.inspect(path, lambda: None, limits)


def refused(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(SampleRefused) as refusal:
        inspected(path, limits)
    assert refusal.value.user_message.endswith(".")
    return refusal.value.code


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    return made(folder / "sample.mp4", *MOVING, *TONE, *H264, "-c:a", "aac")


def test_a_good_sample_is_described(sample: Path) -> None:
    info = inspected(sample)
    assert (info.container, info.codec, info.audio_codec) == ("mp4", "h264", "aac")
    assert (info.width, info.height, info.frame_rate) == (90, 160, 25.0)
    assert info.seconds == pytest.approx(1.4, abs=0.05)
    assert (info.pixel_format, info.sample_rate, info.channels) == ("yuv420p", 44100, 1)
    assert info.warnings == ()


@pytest.mark.slow
def test_webm_and_mov_are_taken(tmp_path: Path) -> None:
    webm = made(
        tmp_path / "a.webm",
        *MOVING,
        "-c:v",
        "libvpx",
        "-cpu-used",
        "16",
        "-t",
        "1.2",
        "-deadline",
        "realtime",
    )
    mov = made(tmp_path / "a.mov", *MOVING, *H264)
    assert (inspected(webm).container, inspected(webm).codec) == ("webm", "vp8")
    assert inspected(mov).container == "mov"


def test_limits_have_codes(sample: Path) -> None:
    assert refused(sample, Limits(seconds=1.2)) == "SAMPLE_TOO_LONG"
    assert refused(sample, Limits(bytes=1000)) == "SAMPLE_TOO_LARGE"
    assert refused(sample, Limits(side=120)) == "SAMPLE_TOO_LARGE"
    assert refused(sample, Limits(frame_rate=20)) == "SAMPLE_TOO_FAST"
    assert refused(sample, Limits(shortest=3)) == "SAMPLE_TOO_SHORT"


def test_sound_alone_is_refused(tmp_path: Path) -> None:
    assert refused(made(tmp_path / "a.mp4", *TONE, "-c:a", "aac")) == "SAMPLE_WITHOUT_PICTURE"


def test_a_still_picture_is_refused(tmp_path: Path) -> None:
    frame = ("-f", "lavfi", "-i", "testsrc2=s=90x160:r=25:d=0.04")
    assert refused(made(tmp_path / "a.mp4", *frame, *H264)) == "SAMPLE_STILL"
    cover = made(tmp_path / "b.mov", *frame, "-c:v", "mjpeg")
    assert refused(cover) in ("SAMPLE_STILL", "SAMPLE_CODEC")


def test_several_pictures_are_refused(tmp_path: Path) -> None:
    two = made(tmp_path / "a.mp4", *MOVING, *MOVING, "-map", "0", "-map", "1", *H264)
    assert refused(two) == "SAMPLE_STREAMS"


def test_a_thousand_streams_are_refused(sample: Path, tmp_path: Path) -> None:
    many = tmp_path / "a.mp4"
    many.write_bytes(with_tracks(sample.read_bytes(), 1000))
    assert refused(many) == "SAMPLE_STREAMS"


def with_tracks(film: bytes, count: int) -> bytes:
    """Repeat the last track in the index of an MP4 file that ends with its index."""
    index = film.index(b"moov") - 4
    track = film.rindex(b"trak") - 4
    size = int.from_bytes(film[track : track + 4], "big")
    copies = film[track : track + size] * count
    moov = film[index:track] + copies + film[track:]
    return film[:index] + len(moov).to_bytes(4, "big") + moov[4:]


def test_hdr_is_refused(tmp_path: Path) -> None:
    colours = "color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc"
    bits = ("-vf", f"setparams={colours}", "-c:v", "libx264", "-pix_fmt", "yuv420p10le")
    tags = ("-color_primaries", "bt2020", "-color_trc", "smpte2084", "-colorspace", "bt2020nc")
    assert refused(made(tmp_path / "a.mp4", *MOVING, *bits, *tags)) == "SAMPLE_HDR"


def test_other_codecs_and_containers_are_refused(sample: Path, tmp_path: Path) -> None:
    assert refused(made(tmp_path / "a.mov", *MOVING, "-c:v", "prores_ks")) == "SAMPLE_CODEC"
    assert refused(made(tmp_path / "a.avi", *MOVING, "-c:v", "mpeg4")) == "SAMPLE_FORMAT"
    playlist = tmp_path / "b.mp4"
    playlist.write_text(f"#EXTM3U\n#EXTINF:2,\n{sample}\n")
    assert refused(playlist) == "SAMPLE_FORMAT"
    broken = tmp_path / "c.mp4"
    broken.write_bytes(sample.read_bytes()[:60] + b"\0" * 4000)
    assert refused(broken) == "SAMPLE_UNREADABLE"


@pytest.mark.usefixtures("system_ffmpeg")  # a later one writes no rotation
def test_a_turned_sample_is_seen_upright(sample: Path, tmp_path: Path) -> None:
    turned = made(
        tmp_path / "a.mp4", "-i", str(sample), "-c", "copy", "-metadata:s:v", "rotate=90"
    )  # as phones write it
    info = inspected(turned)
    assert (info.width, info.height) == (160, 90)
    assert info.rotation in (90, 270)
    assert "ROTATED" in info.warnings
    decoding = Decoding(turned, info, tmp_path, tmp_path / "mended.mp4")
    *_, shown = decoding.frames(lambda: None)
    assert shown.shape[1] > shown.shape[0]
    mended = inspected(tmp_path / "mended.mp4")
    assert (mended.width > mended.height, mended.rotation) == (True, 0)


@pytest.mark.slow
def test_a_variable_rate_becomes_constant(tmp_path: Path) -> None:
    slowed = "setpts='if(lt(N,20),N/25,20/25+(N-20)/11)/TB'"
    odd = made(tmp_path / "a.mp4", *MOVING, "-vf", slowed, "-vsync", "vfr", *H264)
    info = inspected(odd)
    assert info.variable_rate
    decoding = Decoding(odd, info, tmp_path, tmp_path / "mended.mp4")
    count = sum(1 for _ in decoding.frames(lambda: None))
    assert count == pytest.approx(info.seconds * decoding.rate, abs=3)
    assert not inspected(tmp_path / "mended.mp4").variable_rate


def test_a_stop_ends_the_decoder(sample: Path, tmp_path: Path) -> None:
    class Stopped(Exception):
        pass

    def stop() -> None:
        raise Stopped

    frames = Decoding(sample, inspected(sample), tmp_path).frames(stop)
    with pytest.raises(Stopped):
        next(frames)
    children = subprocess.run(["pgrep", "-f", str(sample)], capture_output=True, check=False)
    assert not children.stdout
