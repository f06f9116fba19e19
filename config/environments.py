"""The model environments, declared once.

The name is the join key: it is the Celery queue, the dependency group in
`pyproject.toml`, the lock in `config/locks/`, the line in the Procfile, the
build argument of the worker image, the node's name in Flower and the scaling
target. `tests/architecture/test_declarations.py` holds them equal.
"""

from dataclasses import dataclass
from typing import Final

HOSTED: Final = "hosted"
"""The environment, and so the queue, of calls to hosted video models."""
MEDIA: Final = "media"
"""The environment, and so the queue, of what is done with finished pictures and sounds."""
LITE: Final = "lite"
"""The environment, and so the queue, of clips by local models."""


@dataclass(frozen=True, slots=True)
class Environment:
    """A set of packages that can share one interpreter, and the stages it can run."""

    name: str
    stages: tuple[str, ...]
    carries: str
    """What its packages bring, for people."""
    gpu: bool = False
    """Whether its models run on graphics cards; there is one worker for each card."""
    conda: str = ""
    """The name of the conda environment in the first design."""
    hosted_models: bool = False
    """Whether its workers call hosted video models (`docs/providers.md`)."""

    @property
    def work(self) -> frozenset[str]:
        """What its workers can do: its stages, and calls to hosted models."""
        return frozenset(self.stages) | (frozenset({HOSTED}) if self.hosted_models else frozenset())


ENVIRONMENTS: dict[str, Environment] = {
    environment.name: environment
    for environment in (
        Environment("script", ("script",), "google-genai and other language-model clients"),
        Environment("xtts", ("voice",), "torch, coqui-tts", gpu=True, conda="xtts_voice_cloning"),
        Environment(
            "sadtalker",
            ("face", "animate"),
            "torch, MediaPipe, SadTalker (your checkout)",
            gpu=True,
            conda="sadtalker",
        ),
        Environment("realesrgan", ("enhance",), "torch, Real-ESRGAN", gpu=True, conda="realesrgan"),
        Environment(
            MEDIA,
            ("assemble", "analyse", "sound", "edit", "check"),
            "ffmpeg",
            conda="video-audio-processing",
        ),
        Environment(HOSTED, (), "an HTTP client for hosted video models", hosted_models=True),
        Environment(
            LITE,
            (
                *("script", "voice", "face", "animate", "enhance", "assemble"),
                *("analyse", "sound", "edit", "check"),
            ),
            "every stage, on a CPU, with models that ship inside packages",
            hosted_models=True,
        ),
    )
}


def queues_served(name: str) -> tuple[str, ...]:
    """Return the queues that a worker of this environment consumes.

    A queue is named after an environment. A worker serves its own, and `lite`,
    which can run every stage, serves all of them.

    >>> queues_served("media")
    ('media',)
    >>> queues_served("lite")
    ('lite', 'script', 'xtts', 'sadtalker', 'realesrgan', 'media', 'hosted')
    """
    mine = ENVIRONMENTS[name]
    others = (other for other in ENVIRONMENTS.values() if other.name != name)
    return (name, *(other.name for other in others if other.work <= mine.work))
