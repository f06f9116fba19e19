"""What an engine is: a declaration and four verbs.

    probe()  can I run here, and if not, why and what would mend it (cheap, imports nothing heavy)
    load()   once per process; what it loads is kept warm
    run()    one stage of one job; called many times after load()
    close()  give the memory back

A module `gpu_worker/engines/STAGE/NAME.py` offers its engine as `ENGINE`, a class
without arguments. Importing the module must stay cheap: numpy, torch and models are
imported inside `load` or `run`, so that a worker of another environment can read
the declaration.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar, Literal, Protocol

Kind = Literal["real", "lite", "simulated"]


@dataclass(frozen=True, slots=True)
class Weight:
    """A file of a model: pinned by hash, and where an operator can get it."""

    name: str
    sha256: str
    bytes: int = 0
    url: str = ""


@dataclass(frozen=True, slots=True)
class EngineSpec:
    """What an engine says of itself; `/capabilities` and the plan read nothing else."""

    name: str
    stage: str
    version: str
    """Part of every content key: raise it whenever the output for equal inputs changes."""
    kind: Kind
    environments: tuple[str, ...]
    licence: str
    device: Literal["cpu", "cuda"] = "cpu"
    memory_mb: int = 256
    seconds: float = 0.0
    """What one step usually takes, until there is a history; 0: as its stage declares."""
    weights: tuple[Weight, ...] = ()
    commercial_use: bool = True
    hosted: bool = False
    """The work is done, and perhaps billed, by somebody else's server."""
    warps_still: bool = False
    """Animators only: the still is enhanced once before, instead of every frame after."""
    voice_match: Literal["", "plain", "matched", "cloned", "recorded"] = ""
    """Voice engines only: the most it can do with a reference recording."""
    languages: tuple[str, ...] = ()
    """Empty: any."""
    frame_rate: int = 0
    memory_fallbacks: tuple[str, ...] = ()
    """Ways to need less memory for the same output, the cheapest first, such as `half_batch`,
    `tiles`, `cpu`: after an out-of-memory the run comes again with one more in `ctx.savings`."""
    size: tuple[int, int] | None = None
    """Native width and height of what it makes; None: whatever is asked for."""


@dataclass(frozen=True, slots=True)
class Probe:
    """Whether an engine can run in this process, and otherwise what is missing."""

    ok: bool
    why: str = ""
    remedy: str = ""
    decides: str = ""
    """What decides the output and is set, not declared: which hosted model, how warm."""


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that `run` may know: equal inputs must give equal outputs.

    `files` maps `SOURCE/PART` to a local, read-only path: `upload/face`,
    `upload/voice`, `script/scene.json` (this scene), `voice/speech.wav`,
    `face/face.json`, `enhance/still.png` ... `scenes` is for the stage that joins:
    the same mapping for every scene, in order.
    """

    params: Mapping[str, Any]
    seed: int
    scene: int | None = None
    files: Mapping[str, Path] = field(default_factory=dict)
    scenes: Sequence[Mapping[str, Path]] = ()
    salt: str = ""
    """Of the owner: whatever an engine keeps by the content of a file, it keeps under this too."""


@dataclass(frozen=True, slots=True)
class Output:
    """Named files inside `ctx.workdir`, and small facts that go into the job's result."""

    parts: Mapping[str, Path]
    facts: Mapping[str, Any] = field(default_factory=dict)


class Context(Protocol):
    """What a running stage may ask of its worker."""

    @property
    def workdir(self) -> Path:
        """An empty directory of this run, removed after it."""

    @property
    def memory_fallbacks(self) -> tuple[str, ...]:
        """Which of the engine's declared savings this run must make; all before it failed."""

    def cached_part(self, part: str, source: str, make: Callable[[Path], None]) -> Path:
        """A part of the output that follows from one input alone, whatever the rest asks for:
        as an earlier run left it, of this job or another, here or elsewhere; else made now."""

    def progress(self, fraction: float, message: str = "") -> None:
        """Say how far this run is, 0 to 1; cheap, throttled, also looks for a stop."""

    def check(self) -> None:
        """Raise `tasks.domain.errors.Cancelled` if the job was stopped; call between frames."""


class Engine(Protocol):
    """One way to carry out a stage."""

    spec: ClassVar[EngineSpec]

    def probe(self) -> Probe: ...

    def load(self) -> None: ...

    def run(self, inputs: Inputs, ctx: Context) -> Output: ...

    def close(self) -> None: ...
