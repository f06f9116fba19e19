"""The protocol of engines: a declaration and four methods.

    probe()  can it run here, and if not, why and how to fix it (cheap, imports nothing heavy)
    load()   once per process; the model stays loaded
    run()    one stage of one job; called many times after load()
    close()  release the memory

A module `gpu_worker/engines/STAGE/NAME.py` offers its engine as `ENGINE`, a class
without arguments. Importing the module must stay cheap: numpy, torch and models are
imported inside `load` or `run`, so that a worker of another environment can read
the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol, runtime_checkable

from tasks.domain.examination import Verdict

Kind = Literal["real", "lite", "simulated"]
PartSource = str | tuple[int, str]
"""An input that a part of an output depends on: its name, or its scene and its name there."""


@dataclass(frozen=True, slots=True)
class Weight:
    """A file of a model, with its hash and its source."""

    name: str
    sha256: str
    bytes: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """The declaration of an engine, for `/capabilities` and the planner."""

    name: str
    stage: str
    version: str
    """Part of every content key: raise it whenever the output for equal inputs changes."""
    kind: Kind
    environments: tuple[str, ...]
    licence: str
    params: tuple[str, ...]
    """The parameters of its stage that it reads. A run gets no others, and only these are part of
    the content key."""
    files: tuple[str, ...]
    """The input files that it reads, by their names in `Inputs`; the same holds for them."""
    uses_seed: bool
    """Whether its output depends on the seed; if not, a run gets 0."""
    device: Literal["cpu", "cuda"] = "cpu"
    memory_mb: int = 256
    seconds: float = 0.0
    """Typical duration of a step, until there is a history. 0: that of its stage."""
    weights: tuple[Weight, ...] = ()
    commercial_use: bool = True
    excluded_regions: tuple[str, ...] = ()
    """Where its licence does not allow its use: countries by ISO 3166 code, or `EU`."""
    hosted: bool = False
    """Whether an external service does the work, and may charge for it."""
    warps_still: bool = False
    """Animators only: the still is enhanced once before, and not every frame afterwards."""
    voice_match: Literal["", "plain", "matched", "cloned", "recorded"] = ""
    """Voice engines only: the best use it can make of a reference recording."""
    languages: tuple[str, ...] = ()
    """Empty: all languages."""
    memory_fallbacks: tuple[str, ...] = ()
    """Ways to use less memory for the same output, the cheapest first, such as `half_batch`,
    `tiles`, `cpu`. After an out-of-memory error the run is repeated with one more of them in
    `ctx.memory_fallbacks`."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether an engine can run in this process, and if not, what is missing."""

    ok: bool
    why: str = ""
    remedy: str = ""
    languages: tuple[str, ...] | None = None
    """What it speaks on this machine; None: what its declaration says."""
    voices: tuple[str, ...] = ()
    """The voices that it has on this machine, by their ids (`tasks/domain/voices.py`)."""
    decides: str = ""
    """Settings that change the output, such as the hosted model or its temperature."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """The inputs of `run`: equal inputs must give equal outputs.

    `files` maps `SOURCE/PART` to a local, read-only path: `upload/face`,
    `upload/voice`, `script/scene.json` (this scene), `voice/speech.wav`,
    `face/face.json`, `enhance/still.png` ... `scenes` is for the stage that joins:
    the same mapping for every scene, in order.

    `seed` is made of the step's stage, parameters and files, and of the seed of the request if it
    names one. So equal steps of different requests get the same, and two scenes different ones.
    """

    params: Mapping[str, Any]
    seed: int
    scene: int | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    scenes: Sequence[Mapping[str, Path]] = ()
    salt: str = ""
    """The owner's salt; an engine that caches by the content of a file must include it."""


@dataclass(frozen=True, slots=True)
class Output:
    """Named files in `ctx.workdir`, and small facts for the job's result."""

    parts: Mapping[str, Path]
    facts: Mapping[str, Any] = field(default_factory=dict)


class Context(Protocol):
    """What the worker provides to a running engine."""

    @property
    def workdir(self) -> Path:
        """An empty directory for this run, removed afterwards."""

    @property
    def memory_fallbacks(self) -> tuple[str, ...]:
        """The declared memory fallbacks that this run must use; runs with fewer have failed."""

    def cached_part(
        self,
        part: str,
        sources: str | Sequence[PartSource],
        make: Callable[[Path], None],
        params: Mapping[str, Any] | None = None,
    ) -> Path:
        """Return a part of the output that depends on these inputs only, and on `params`.

        It comes from an earlier run of any job if there is one, and is made now otherwise. With
        `params`, parts of other names are the same one.
        """

    def progress(self, fraction: float, message: str = "") -> None:
        """Report the progress of this run, 0 to 1; throttled, and checks for a stop."""

    def check(self) -> None:
        """Raise `tasks.domain.errors.Cancelled` if the job was stopped; call between frames."""


class Engine(Protocol):
    """One implementation of a stage."""

    spec: ClassVar[EngineSpec]

    def probe(self) -> Probe: ...

    def load(self) -> None: ...

    def run(self, inputs: Inputs, ctx: Context) -> Output: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class CutCrop:
    """A file with what a video of this aspect ratio would show of a face."""

    face_index: int
    aspect_ratio: str
    path: Path
    width: int
    height: int
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Examined:
    """The verdict on an uploaded file; the worker stores the crops and adds them to it."""

    verdict: Verdict
    crops: tuple[CutCrop, ...] = ()


@runtime_checkable
class Examiner(Protocol):
    """An engine that can also judge a file when it is uploaded."""

    def examine(self, source: Path, folder: Path) -> Examined:
        """Judge a file after `load`; crops are written to an empty folder."""


class WithoutModel:
    """A base class for engines that keep nothing loaded."""

    def load(self) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
