"""The engines of this worker: found by name, probed once, loaded once, kept warm."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import threading
import time
from collections.abc import Callable, Iterator

from config.environments import ENVIRONMENTS
from config.stages import STAGES
from gpu_worker.devices import device_name
from gpu_worker.engine import Engine, EngineSpec, Probe
from gpu_worker.metrics import WorkerFigures
from gpu_worker.mishaps import absent
from gpu_worker.service import Service
from gpu_worker.thrift import Thrift
from tasks.domain.artifact import digest
from tasks.domain.offers import Offer
from tasks.domain.plan import EngineChoice

log = logging.getLogger(__name__)


class Registry:
    """What can be done here, and what is warm."""

    def __init__(self, environment: str) -> None:
        self.environment = environment
        self._engines = {(e.spec.stage, e.spec.name): e for e in _engines(environment)}
        self._warm: list[tuple[str, str]] = []
        """The one that was used last is the last."""
        self._changing = threading.Lock()
        self.service = Service()
        self.thrift = Thrift()
        self.figures = WorkerFigures(environment)
        self._offers = tuple(self._offer(engine) for engine in self._engines.values())

    @property
    def offers(self) -> tuple[Offer, ...]:
        """What can be done here now."""
        return tuple(self.service.said(offer) for offer in self._offers)

    @property
    def warm(self) -> tuple[str, ...]:
        return tuple(f"{stage}/{name}" for stage, name in self._warm)

    def has(self, stage: str, engine: EngineChoice) -> bool:
        """Whether the engine a plan asks for can run here: in that version, with that model."""
        return any(o.ok and o.stage == stage and o.is_of(engine) for o in self.offers)

    def device(self, stage: str, name: str) -> str:
        """What an engine computes on here; empty where it is not here at all."""
        return next((o.device for o in self.offers if (o.stage, o.name) == (stage, name)), "")

    def ready(self, stage: str, name: str) -> Engine:
        """The engine, loaded; the first call pays for it."""
        engine = self._engines[stage, name]
        with self._changing:
            if (stage, name) in self._warm:
                self._warm.remove((stage, name))
                self.figures.warm(stage, name)
            else:
                log.info("loading %s/%s", stage, name)
                began = time.monotonic()
                engine.load()
                self.figures.loaded(stage, name, time.monotonic() - began)
            self._warm.append((stage, name))
        return engine

    def unload_oldest(self, idle: Callable[[], bool]) -> str:
        """Give back the model whose last use is the longest ago, while none is in use.

        Asked under the lock that `ready` takes: a stage that has begun is seen, and one
        that begins now waits and loads its model again.
        """
        with self._changing:
            if not self._warm or not idle():
                return ""
            stage, name = self._warm.pop(0)
            self._engines[stage, name].close()
        return f"{stage}/{name}"

    def savings(self, stage: str, name: str) -> tuple[str, ...]:
        """What the engine can save on when memory is short."""
        return self._engines[stage, name].spec.savings

    def broke(self, stage: str, name: str, key: str, why: str) -> None:
        """Note that an engine broke; its model is not to be trusted any more."""
        if self.service.broke((stage, name), key, why):
            self.close()

    def look_again(self) -> None:
        """Probe what has been out of service for long enough."""
        for stage, name in self.service.rested():
            able = self._engines[stage, name].probe().ok
            self.service.give_chance((stage, name), able=able)

    def close(self) -> None:
        """Give all models back."""
        while self._warm:
            self._engines[self._warm.pop()].close()

    def _offer(self, engine: Engine) -> Offer:
        spec = engine.spec
        probe = Probe(ok=False) if absent(spec.stage, spec.name) else engine.probe()
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
