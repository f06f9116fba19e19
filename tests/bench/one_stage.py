"""One stage of a finished job again, in a process of its own, as chained scripts do it.

python -m tests.bench.one_stage ARTIFACTS JOB STEP
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from gpu_worker.execution.inputs import local_inputs
from tasks.domain.step_inputs import resolve
from tasks.store.artifacts import Artifacts
from tests.gpu_worker.engines.workbench import Workbench


def main(url: str, job_id: str, name: str) -> None:
    artifacts = Artifacts(url)
    plan = artifacts.plan(job_id, 1)
    assert plan is not None
    step = plan.by_name[name]
    resolved = resolve(plan, step, artifacts.recorded_by(plan))
    assert resolved is not None
    engine = importlib.import_module(f"gpu_worker.engines.{step.stage}.{step.engine.name}").ENGINE()
    with TemporaryDirectory() as folder:
        received, made = Path(folder) / "in", Path(folder) / "out"
        received.mkdir()
        made.mkdir()
        files = local_inputs(resolved, step, artifacts, received)
        engine.load()
        output = engine.run(files, Workbench(made))
        assert all(path.stat().st_size for path in output.parts.values())


if __name__ == "__main__":
    main(*sys.argv[1:])
