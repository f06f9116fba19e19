"""How surely a video is recognised after it was changed, and never taken for another one.

python -m pytest -m bench -s tests/bench/test_fingerprints.py

Forty-six videos of four seconds: portraits and other pictures, each with several sentences of the
same voice, which is what this system makes and what is hardest to tell apart. Every video is
changed in all ways at once, and compared with all others; some are changed in each way alone.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path

import pytest
from PIL import Image, ImageOps
from skimage import data

from gpu_worker.media import ffmpeg
from gpu_worker.verify import examine
from tasks.domain.fingerprint import Fingerprint, compare
from tests.bench import report
from tests.bench.report import Row, at_least, at_most
from tests.bench.small import size
from tests.services.binaries import require

pytestmark = [pytest.mark.bench, pytest.mark.timeout(3600)]

VIDEOS = size(46, 2)
SECONDS = 4
EVERY = 5
"""Of so many videos, one is changed in each way alone."""
PORTRAITS = Path(__file__).parent / "portraits"
SENTENCES = (
    "The weather will be mild on Monday, with a little rain in the north towards the evening.",
    "Our new office opens in spring, and all of you are invited to the party on the roof.",
    "Please restart the machine, wait for the green light, and press the upper button twice.",
    "Forty years ago this street was a river, and children learned to swim where shops are now.",
    "Thank you for the question. The short answer is no, and the long one needs a whole book.",
)
ALL = "all of them, without the first second"
CHANGES = {
    "encoded again, crf 28": ["-crf", "28"],
    "cropped by 5 %": ["-vf", "crop=iw*0.95:ih*0.95,scale=216:384", "-crf", "23"],
    "scaled to 144 x 256": ["-vf", "scale=144:256", "-crf", "23"],
    "80 kbit/s, AAC 48k": ["-b:v", "80k", "-b:a", "48k"],
    "captions": ["-vf", "{captions}", "-crf", "23"],
    ALL: [
        *("-ss", "1", "-vf", "crop=iw*0.95:ih*0.95,scale=144:256,{captions}"),
        *("-b:v", "100k", "-b:a", "64k"),
    ],
}
CAPTIONS = (
    "drawbox=x=iw*0.1:y=ih*0.78:w=iw*0.8:h=ih*0.1:c=black@0.7:t=fill,"
    "drawbox=x=iw*0.15:y=ih*0.81:w=iw*0.65:h=ih*0.035:c=white:t=fill"
)


@dataclass(frozen=True)
class Video:
    path: Path
    fingerprint: Fingerprint


def run(*words: str) -> None:
    command = [ffmpeg.executable(), *ffmpeg.QUIET, "-v", "error", *words]
    subprocess.run(command, check=True, capture_output=True)


def pictures(folder: Path) -> Iterator[Path]:
    """Save pictures as the videos show them: portraits, their mirror images, and other things."""
    opened = [Image.open(path) for path in sorted(PORTRAITS.glob("*.jpg"))]
    opened += [Image.fromarray(part) for part in (data.astronaut(), data.chelsea(), data.coffee())]
    mirrored = [ImageOps.mirror(picture.convert("RGB")) for picture in opened[:3]]
    for number, picture in enumerate([*opened, *mirrored]):
        path = folder / f"{number}.png"
        ImageOps.fit(picture.convert("RGB"), (228, 405)).save(path)
        yield path


def fingerprint(path: Path, folder: Path) -> Fingerprint:
    samples = folder / "samples"
    samples.mkdir(exist_ok=True)
    found = examine(path, samples, ffmpeg.executable(), None)["fingerprint"]
    for old in samples.iterdir():
        old.unlink()
    return Fingerprint.from_json(found)


@pytest.fixture(scope="module")
def videos(tmp_path_factory: pytest.TempPathFactory) -> list[Video]:
    folder = tmp_path_factory.mktemp("videos")
    voice = str(require("espeak-ng", "espeak-ng"))
    for number, sentence in enumerate(SENTENCES):
        subprocess.run([voice, "-w", str(folder / f"{number}.wav"), sentence], check=True)
    made = []
    pairs = list(product(pictures(folder), range(len(SENTENCES))))[:VIDEOS]
    for picture, sentence in pairs:
        path = folder / f"{picture.stem}-{sentence}.mp4"
        moving = f"crop=216:384:'6+4*sin(t+{sentence})':'10+4*cos(t)',fps=25"
        run("-loop", "1", "-i", str(picture), "-i", str(folder / f"{sentence}.wav"),
            "-t", str(SECONDS), "-vf", moving, "-af", "apad", "-c:v", "libx264", "-preset",
            "ultrafast", "-crf", "20", "-pix_fmt", "yuv420p", str(path))  # fmt: skip
        made.append(Video(path, fingerprint(path, folder)))
    return made


def test_recall_and_false_matches(videos: list[Video], tmp_path: Path) -> None:
    rows: list[Row] = []
    false, pairs, least, nearest, found, tried = 0, 0, 1.0, 0.0, 0, 0
    for name, options in CHANGES.items():
        right, some = 0, videos if name == ALL else videos[::EVERY]
        for video in some:
            changed = tmp_path / "changed.mp4"
            words = [word.format(captions=CAPTIONS) for word in options]
            run("-i", str(video.path), "-c:v", "libx264", "-preset", "veryfast", *words,
                str(changed))  # fmt: skip
            seen = fingerprint(changed, tmp_path)
            for known in videos:
                likeness = compare(seen, known.fingerprint)
                if known is video:
                    right += likeness.is_same
                    least = min(least, likeness.picture or 0, likeness.sound or 0)
                else:
                    pairs += 1
                    false += likeness.is_same
                    nearest = max(nearest, min(likeness.picture or 0, likeness.sound or 0))
        found, tried = found + right, tried + len(some)
        rows.append(at_least(f"recall: {name}", right / len(some), "", 0.95))
    rows += [
        at_least("recall, all changes", found / tried, "", 0.95),
        Row("least likeness of a changed video", least, ""),
        Row("pairs of different videos", pairs, ""),
        Row("greatest likeness of a different video", nearest, ""),
        at_most("false matches", false, "", 0),
    ]
    began = time.process_time()
    for known in videos:
        compare(seen, known.fingerprint)
    rows.append(Row("one comparison", 1000 * (time.process_time() - began) / len(videos), "ms"))
    report.write("fingerprints", rows)
    assert all(row.met is not False for row in rows)
