"""What phones and browsers send: pictures and recordings in any form that people have."""

from __future__ import annotations

import io
import struct
import subprocess
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PIL import Image

from gpu_worker.media import ffmpeg
from tasks.domain.errors import FileValidationFailed
from tests.web.samples import picture, recording
from tests.web.uploads.corpus import png
from web.uploads.candidate import WHOLE, Candidate, Kind, Trim
from web.uploads.scanning import Scanner
from web.uploads.validation import Validator

MB = 1024**2
HERE = Path(__file__).parent


@contextmanager
def clean(
    place: Path, name: str, data: bytes, kind: Kind = "face", trim: Trim = WHOLE
) -> Iterator[Path]:
    """The clean copy of a file."""
    validator = Validator(Scanner("off", "", MB), place / "temp")
    path = place / "sent"
    path.write_bytes(data)
    with validator.clean(Candidate(kind, path, name, 20 * MB, trim=trim)) as copy:
        yield copy.path


def code_of(refused: pytest.ExceptionInfo[FileValidationFailed]) -> str:
    return str(refused.value.details["errors"][0]["code"])


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, kind, **options)  # type: ignore[arg-type]
    return file.getvalue()


def test_heic_of_a_phone_is_turned_upright_and_loses_its_metadata(tmp_path: Path) -> None:
    data = (HERE / "phone.heic").read_bytes()
    assert b"Phone" in data
    with clean(tmp_path, "IMG_0001.HEIC", data) as path, Image.open(path) as kept:
        assert (kept.format, kept.size) == ("JPEG", (300, 400))
        assert not kept.getexif()
        red, green, _ = kept.convert("RGB").getpixel((280, 20))  # type: ignore[misc]
        assert red > 150 > 100 > green  # the corner that was at the top left
        assert b"Phone" not in path.read_bytes()


def test_burst_is_taken_by_its_first_picture(tmp_path: Path) -> None:
    data = (HERE / "burst.heic").read_bytes()
    with clean(tmp_path, "burst.heif", data) as path, Image.open(path) as kept:
        assert kept.size == (400, 300)


def test_avif_is_taken(tmp_path: Path) -> None:
    data = saved(Image.new("RGB", (300, 400), (10, 120, 200)), "AVIF", speed=10)
    with clean(tmp_path, "me.avif", data) as path, Image.open(path) as kept:
        assert (kept.format, kept.size) == ("JPEG", (300, 400))


@pytest.mark.parametrize("name", ["me.heic", "me.avif"])
def test_other_content_is_no_heic(tmp_path: Path, name: str) -> None:
    with (
        pytest.raises(FileValidationFailed) as refused,
        clean(tmp_path, name, picture()),
    ):
        pass
    assert code_of(refused) == "CONTENT_MISMATCH"


@pytest.mark.parametrize("kept_share", [0.3, pytest.param(0.9, marks=pytest.mark.slow)])
def test_damaged_heic_is_refused(tmp_path: Path, kept_share: float) -> None:
    data = (HERE / "phone.heic").read_bytes()
    with (
        pytest.raises(FileValidationFailed) as refused,
        clean(tmp_path, "me.heic", data[: int(len(data) * kept_share)]),
    ):
        pass
    assert code_of(refused) in ("UNREADABLE", "UNDECODABLE")


def test_large_picture_is_scaled_down(tmp_path: Path) -> None:
    data = saved(Image.new("RGB", (6000, 3000), (200, 10, 10)), "JPEG")
    with clean(tmp_path, "me.jpg", data) as path, Image.open(path) as kept:
        assert kept.size == (4096, 2048)


def test_large_picture_with_a_palette_keeps_its_colours(tmp_path: Path) -> None:
    wide = Image.new("RGB", (4400, 2200), (200, 10, 10)).quantize(4)
    with clean(tmp_path, "me.png", saved(wide, "PNG")) as path, Image.open(path) as kept:
        assert kept.size == (4096, 2048)
        assert kept.getpixel((2000, 1000)) == (200, 10, 10)


def test_picture_of_a_print_shop_is_converted(tmp_path: Path) -> None:
    inks = Image.new("CMYK", (300, 300), (0, 255, 255, 0))
    with clean(tmp_path, "me.jpg", saved(inks, "JPEG")) as path, Image.open(path) as kept:
        red, green, blue = kept.convert("RGB").getpixel((150, 150))  # type: ignore[misc]
        assert red > 200
        assert max(green, blue) < 60


@pytest.mark.parametrize(
    ("colour", "channels"),
    [(0, 1), (2, 3), *(pytest.param(*one, marks=pytest.mark.slow) for one in ((4, 2), (6, 4)))],
)
def test_sixteen_bits_are_scaled_and_not_clipped(
    tmp_path: Path, colour: int, channels: int
) -> None:
    samples = [0x8000] * channels
    if colour in (4, 6):
        samples[-1] = 0xFFFF
    row = b"\0" + struct.pack(f">{channels}H", *samples) * 300
    data = png(300, 300, row * 300, 16, colour)
    with clean(tmp_path, "me.png", data) as path, Image.open(path) as kept:
        seen = kept.convert("RGB").getpixel((10, 10))
        assert all(abs(value - 128) <= 2 for value in seen)  # type: ignore[union-attr]


def browser(*options: str) -> bytes:
    """The recording as a browser writes it: without a length, because it was not over."""
    command = [ffmpeg.executable(), "-loglevel", "error", "-i", "pipe:0", *options, "pipe:1"]
    sent = subprocess.run(command, input=recording(3), capture_output=True, check=True)
    return sent.stdout


WEBM = ("-c:a", "libopus", "-f", "webm", "-live", "1")
MP4 = ("-c:a", "aac", "-f", "mp4", "-movflags", "frag_keyframe+empty_moov+default_base_moof")


@pytest.mark.usefixtures("system_ffmpeg")
@pytest.mark.parametrize(("name", "options"), [("a.webm", WEBM), ("a.mp4", MP4)])
def test_recording_of_a_browser_is_taken_and_trimmed(
    tmp_path: Path, name: str, options: tuple[str, ...]
) -> None:
    data = browser(*options)
    with clean(tmp_path, name, data, "voice") as path:
        assert abs(seconds(path) - 3) < 0.1
    with clean(tmp_path, name, data, "voice", Trim(1.0, 1.8)) as path:
        assert abs(seconds(path) - 0.8) < 0.05
    with clean(tmp_path, name, data, "voice", Trim(2.5)) as path:
        assert abs(seconds(path) - 0.5) < 0.1


def seconds(path: Path) -> float:
    with wave.open(str(path)) as sound:
        return sound.getnframes() / sound.getframerate()


@pytest.mark.parametrize(
    ("data", "trim", "code", "words"),
    [
        (recording(0.2), WHOLE, "TOO_SHORT", "0.2 seconds long"),
        (recording(1), Trim(5.0), "TRIMMED_EMPTY", "ends before"),
    ],
)
def test_short_recording_is_not_called_silent(
    tmp_path: Path, data: bytes, trim: Trim, code: str, words: str
) -> None:
    with (
        pytest.raises(FileValidationFailed) as refused,
        clean(tmp_path, "a.wav", data, "voice", trim),
    ):
        pass
    assert code_of(refused) == code
    assert words in refused.value.user_message
