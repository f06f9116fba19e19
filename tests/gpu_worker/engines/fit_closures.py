"""Makes the table of `gpu_worker/engines/animate/closures.py`, and says how well it does.

    python -m tests.gpu_worker.engines.fit_closures

The voices of the lite environment say when each of their sounds is; the table is a
logistic regression on that. Each voice is also tried with a table of the others alone.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import numpy.typing as npt

from gpu_worker.engine import Inputs
from gpu_worker.engines.animate import closures
from gpu_worker.engines.animate.audio_curves import spectrum
from gpu_worker.engines.animate.speech import Phoneme, read_speech
from gpu_worker.engines.animate.visemes import closes_lips, is_vowel
from tests.gpu_worker.engines.workbench import Workbench

Floats = npt.NDArray[np.float64]
VOICES = {"piper": 10, "espeak": 10, "kokoro": 6}
"""How many of the sentences each says; Kokoro is slow."""
SENTENCES = (
    "The boy was there when the sun rose, and the rod is used to catch pink salmon.",
    "A large size in stockings is hard to sell, but my mother keeps many pairs.",
    "Please put the paper box beside the broken lamp before we move.",
    "Maybe Pam will climb the mountain; Tom and Dan took the dog to the dock.",
    "Kind people gave Ted ten good candles, and nobody knew nine of them.",
    "Someone built a simple bamboo bridge below the camp, and it dips in the middle.",
    "Today the data did not tell the tale; take time to decide again.",
    "The number of empty cups on the table amazed him completely.",
    "Ben bought a map of the mountain from a merchant by the port.",
    "Dark clouds cannot keep the garden dry, and the cat can get cold.",
)
STIFFNESS = 100.0


@dataclass(frozen=True)
class Heard:
    voice: str
    seen: Floats
    shut: Floats
    phonemes: tuple[Phoneme, ...]


def say(voice: str, text: str, folder: Path) -> Heard:
    engine = importlib.import_module(f"gpu_worker.engines.voice.{voice}").ENGINE()
    engine.load()
    scene, work = folder / "scene.json", folder / "work"
    work.mkdir()
    scene.write_text(
        json.dumps({"index": 0, "text": text, "language": "en", "estimated_seconds": 3})
    )
    inputs = Inputs({"language": "en", "match": False}, 7, files={"script/scene.json": scene})
    parts = engine.run(inputs, Workbench(work)).parts
    engine.close()
    speech = read_speech(parts["speech.wav"], parts["timings.json"])
    seen = closures.surroundings(*spectrum(speech)).astype(np.float64)
    shut = np.zeros(len(seen))
    for phoneme in speech.phonemes:
        if closes_lips(phoneme.ipa):
            shut[int(phoneme.start * 100) : int(phoneme.end * 100) + 1] = 1
    return Heard(voice, seen, shut, speech.phonemes)


def fit(takes: Sequence[Heard]) -> tuple[float, Floats]:
    """Bias and coefficients (Newton's method, with a ridge)."""
    x = np.concatenate([np.c_[np.ones(len(t.seen)), t.seen] for t in takes])
    y = np.concatenate([t.shut for t in takes])
    ridge = STIFFNESS * np.eye(x.shape[1])
    ridge[0, 0] = 0
    found = np.zeros(x.shape[1])
    for _ in range(15):
        p = 1 / (1 + np.exp(-x @ found))
        slope = x.T @ (x * (p * (1 - p) + 1e-6)[:, None]) + ridge
        found -= np.linalg.solve(slope, x.T @ (p - y) + ridge @ found)
    return float(found[0]), found[1:]


def trial(takes: Sequence[Heard], bias: float, table: Floats) -> str:
    """Of p, b and m, how many are found; of all others, how many are taken for one."""
    hits: dict[str, list[bool]] = {"p, b, m": [], "vowels": [], "other consonants": []}
    for take in takes:
        found = np.array(closures.peaks(1 / (1 + np.exp(-(bias + take.seen @ table))))) / 100
        for phoneme in take.phonemes:
            shuts = closes_lips(phoneme.ipa)
            kind = "p, b, m" if shuts else "vowels" if is_vowel(phoneme.ipa) else "other consonants"
            room = 0.05 if shuts else 0.0
            near = (found >= phoneme.start - room) & (found <= phoneme.end + room)
            hits[kind].append(bool(near.any()))
    return ", ".join(f"{kind} {np.mean(each):.2f}" for kind, each in hits.items())


def main() -> None:
    takes = []
    for voice, count in VOICES.items():
        for text in SENTENCES[:count]:
            with TemporaryDirectory() as folder:
                takes.append(say(voice, text, Path(folder)))
    for voice in VOICES:
        others = fit([take for take in takes if take.voice != voice])
        told = trial([take for take in takes if take.voice == voice], *others)
        sys.stdout.write(f"{voice}, by a table of the others: {told}\n")
    bias, table = fit(takes)
    sys.stdout.write(f"BIAS = {bias:.2f}\nTABLE = (\n")
    for row in table.reshape(len(closures.OFFSETS), -1):
        sys.stdout.write(f"    ({', '.join(str(round(100 * value)) for value in row)}),\n")
    sys.stdout.write(")\n")


if __name__ == "__main__":
    main()
