"""The models that no package brings: the source, hash and terms of each file.

Sizes and hashes are the published ones; a downloaded file with other values is deleted.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from gpu_worker.engine import Weight
from gpu_worker.models.prepared_files import directory

_XTTS = "https://huggingface.co/coqui/XTTS-v2/resolve/6c2b0d75eae4b7047358e3b6bd9325f857d43f77"
_SADTALKER = "https://github.com/OpenTalker/SadTalker/releases/download/v0.0.2-rc"


@dataclass(frozen=True, slots=True)
class Model:
    """The files of one model, and its terms of use."""

    name: str
    engine: str
    licence: str
    terms: str
    """The licence in one sentence."""
    files: tuple[Weight, ...]
    commercial_use: bool = True
    consent: str = ""
    """The variable that accepts the terms; empty if none need to be accepted."""

    @property
    def folder(self) -> Path:
        return directory() / self.name

    def missing(self) -> list[str]:
        """Return the files that are missing or have another size; `verify` checks hashes, too."""
        return [
            weight.name
            for weight in self.files
            if not (path := self.folder / weight.name).is_file()
            or (weight.bytes and path.stat().st_size != weight.bytes)
        ]


MODELS: Final[dict[str, Model]] = {
    model.name: model
    for model in (
        Model(
            "kokoro",
            engine="voice/kokoro",
            licence="Apache-2.0",
            terms="The 54 voice packs of Kokoro-82M, as the npm package kokoro-js publishes them.",
            files=(
                Weight(
                    "kokoro-js-1.2.1.tgz",
                    "1f0d0383ef0349af0bd9440d81dc12abbea3a5392eb645283eda876f537f5860",
                    26_887_218,
                    "https://registry.npmjs.org/kokoro-js/-/kokoro-js-1.2.1.tgz",
                ),
            ),
        ),
        Model(
            "face-api",
            engine="face/mediapipe_mesh",
            licence="MIT",
            terms="A small network that suggests a kind of voice for a picture, in the npm package "
            "@vladmandic/face-api.",
            files=(
                Weight(
                    "vladmandic-face-api-1.7.15.tgz",
                    "0d77fffeef362ef9c0939cf6c567f3a2e8e177f114fa257a3270cbd2e509b031",
                    12_677_476,
                    "https://registry.npmjs.org/@vladmandic/face-api/-/face-api-1.7.15.tgz",
                ),
            ),
        ),
        Model(
            "xtts",
            engine="voice/xtts",
            licence="Coqui Public Model Licence 1.0.0",
            terms="Non-commercial use only; the company that gave the licence no longer exists.",
            commercial_use=False,
            consent="COQUI_TOS_AGREED",
            files=(
                Weight(
                    "model.pth",
                    "c7ea20001c6a0a841c77e252d8409f6a74fb423e79b3206a0771ba5989776187",
                    1_867_929_118,
                    f"{_XTTS}/model.pth",
                ),
                Weight(
                    "config.json",
                    "ef262b1454dd2a77e1461b0b2cd53e19b8a7624cc131b837d36df67356bc75e8",
                    4_368,
                    f"{_XTTS}/config.json",
                ),
                Weight(
                    "vocab.json",
                    "928260878a59da8a72a2a5b7687fea29d5106137669d90945430fe17e415304a",
                    361_219,
                    f"{_XTTS}/vocab.json",
                ),
                Weight(
                    "speakers_xtts.pth",
                    "f0f6137c19a4eab0cbbe4c99b5babacf68b1746e50da90807708c10e645b943b",
                    7_754_818,
                    f"{_XTTS}/speakers_xtts.pth",
                ),
            ),
        ),
        Model(
            "sadtalker",
            engine="animate/sadtalker",
            licence="Apache-2.0; its 3DMM parts have terms of their own",
            terms="Read the terms of the Basel Face Model before any commercial use.",
            files=(
                Weight(
                    "SadTalker_V0.0.2_256.safetensors",
                    "c211f5d6de003516bf1bbda9f47049a4c9c99133b1ab565c6961e5af16477bff",
                    725_066_984,
                    f"{_SADTALKER}/SadTalker_V0.0.2_256.safetensors",
                ),
                Weight(
                    "mapping_00109-model.pth.tar",
                    "84a8642468a3fcfdd9ab6be955267043116c2bec2284686a5262f1eaf017f64c",
                    155_779_231,
                    f"{_SADTALKER}/mapping_00109-model.pth.tar",
                ),
            ),
        ),
    )
}
