"""The engines of this worker: found by name, probed once, loaded once, kept warm."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from gpu_worker.engine import Engine, EngineSpec
from gpu_worker.models.devices import device_name
from gpu_worker.models.engine_health import EngineHealth
from gpu_worker.models.gpu_share import GpuShare
from gpu_worker.models.memory_fallbacks import MemoryFallbacks
from gpu_worker.models.metrics import WorkerMetrics
from tasks.domain.artifact import digest
from tasks.domain.offers import Offer
from tasks.domain.plan import EngineChoice

log = logging.getLogger(__name__)


class Registry:
    """What can be done here, and what is warm."""

    def __init__(self, environment: str, share: GpuShare | None = None) -> None:
        self.environment = environment
        self.share = share
        """Of a graphics card; None on a CPU."""
        self._engines = {(e.spec.stage, e.spec.name): e for e in _engines(environment)}
        self._warm: list[tuple[str, str]] = []
        """The one that was used last is the last."""
        self._in_use: tuple[str, str] | None = None
        self._changing = threading.RLock()
        self.load_seconds: dict[str, float] = {}
        self.service = EngineHealth()
        self.thrift = MemoryFallbacks()
        self.metrics = WorkerMetrics(environment)
        self._offers = tuple(self._offer(engine) for engine in self._engines.values())

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What can be done here now."""
        return tuple(self.service.annotate(offer) for offer in self._offers)

    @property
    def warm(self) -> tuple[str, ...]:
        return tuple(f"{stage}/{name}" for stage, name in self._warm)

    def has(self, stage: str, engine: EngineChoice) -> bool:
        """Whether the engine a plan asks for can run here: in that version, with that model."""
        return any(o.ok and o.stage == stage and o.is_of(engine) for o in self.offers)

    def device(self, stage: str, name: str) -> str:
        """What an engine computes on here; empty where it is not here at all."""
        return next((o.device for o in self.offers if (o.stage, o.name) == (stage, name)), "")

    def is_warm(self, stage: str, name: str) -> bool:
        """Whether the engine is loaded; another one may be loaded or given back meanwhile."""
        return (stage, name) in self._warm

    @contextmanager
    def place(self, stage: str, name: str) -> Iterator[None]:
        """Room for an engine's model, which nobody takes away before the block ends.

        Raises `GpuFull` where too much of the card is at work.
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
        """The engine, loaded; the first call pays for it."""
        engine = self._engines[stage, name]
        with self._changing:
            if (stage, name) in self._warm:
                self._warm.remove((stage, name))
                self.metrics.warm(stage, name)
            else:
                log.info("loading %s/%s", stage, name)
                began = time.monotonic()
                engine.load()
                self._loaded(engine.spec, time.monotonic() - began)
            self._warm.append((stage, name))
        return engine

    def unload_oldest(self) -> str:
        """Give back the model whose last use is the longest ago, while none is in use.

        Under the lock that `place` and `ready` take: a stage that has begun is seen, and one
        that begins now waits and loads its model again.
        """
        with self._changing:
            if not self._warm or self._in_use:
                return ""
            gone = self.warm[0]
            self._give_back(self._warm[0])
        return gone

    def unload(self, model: str) -> None:
        """Give this one back, unless a stage uses it."""
        stage, _, name = model.partition("/")
        with self._changing:
            if (stage, name) in self._warm and (stage, name) != self._in_use:
                self._give_back((stage, name))
                log.info("unloaded %s, as the card was asked for", model)

    def memory_fallbacks(self, stage: str, name: str) -> tuple[str, ...]:
        """What the engine can save on when memory is short."""
        return self._engines[stage, name].spec.memory_fallbacks

    def record_failure(self, stage: str, name: str, key: str, why: str) -> None:
        """Note that an engine broke; its model is not to be trusted any more."""
        if self.service.record_failure((stage, name), key, why):
            self.close()

    def probe_again(self) -> None:
        """Probe what has been out of service for long enough."""
        for stage, name in self.service.rested():
            able = self._engines[stage, name].probe().ok
            self.service.give_chance((stage, name), able=able)

    def make_room(self) -> None:
        """Memory was short: all models go, and the idle ones that others have on the card."""
        self.close()
        if self.share is not None:
            self.share.clear()

    def close(self) -> None:
        """Give all models back."""
        with self._changing:
            while self._warm:
                self._give_back(self._warm[-1])

    def _loaded(self, spec: EngineSpec, seconds: float) -> None:
        self.metrics.loaded(spec.stage, spec.name, seconds)
        self.load_seconds[f"{spec.stage}/{spec.name}"] = round(seconds, 3)
        share = self._share_of(spec)
        if share is not None:
            share.mark_loaded(spec)

    def _give_back(self, engine: tuple[str, str]) -> None:
        self._warm.remove(engine)
        try:
            self._engines[engine].close()
        except Exception:  # of a broken card, say: whoever made room here has to go on
            log.exception("%s/%s broke while its model was given back", *engine)
        if self.share is not None:
            self.share.mark_unloaded("/".join(engine))

    def _share_of(self, spec: EngineSpec) -> GpuShare | None:
        """The card, where this engine computes on it."""
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
            seconds=spec.seconds,
            ok=probe.ok,
            why=probe.why,
            remedy=probe.remedy,
            warps_still=spec.warps_still,
            voice_match=spec.voice_match,
            licence=spec.licence,
            commercial_use=spec.commercial_use,
            languages=spec.languages,
            hosted=spec.hosted,
            device="cpu" if spec.device == "cpu" else device_name(),
        )


def weights_digest(spec: EngineSpec, decides: str = "") -> str:
    """One digest for all files of a model, or for what stands for them; empty without."""
    files = {weight.name: weight.sha256 for weight in spec.weights}
    what = files | ({"": decides} if decides else {})
    return digest(what)[:16] if what else ""


def _engines(environment: str) -> Iterator[Engine]:
    for stage in ENVIRONMENTS[environment].stages:
        for name in STAGES[stage].engines:
            module = f"gpu_worker.engines.{stage}.{name}"
            if importlib.util.find_spec(module) is None:
                continue
            engine: Engine = importlib.import_module(module).ENGINE()
            if environment in engine.spec.environments:
                yield engine
