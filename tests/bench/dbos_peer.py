"""DBOS, a library of durable workflows: the same graph, of steps that return at once.

`python -m tests.bench.dbos_peer URL` runs in a process of its own, as an application that uses
the library would. For each number that it reads from its input it runs as many workflows at once
and writes the seconds that they took.
"""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from types import TracebackType
from typing import Final, Self

SCENES: Final = 4
STAGES_OF_A_SCENE: Final = 3


class Peer:
    """The process, from outside."""

    def __init__(self, url: str) -> None:
        command = [sys.executable, "-m", __name__, url]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, count: int) -> float:
        """The seconds that so many workflows take, started at once."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{count}\n")
        self._process.stdin.flush()
        return float(self._process.stdout.readline())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._process.kill()
        self._process.communicate()


async def _serve(url: str) -> None:
    from dbos import DBOS, DBOSConfig

    config = DBOSConfig(name="peer", system_database_url=url, log_level="ERROR")
    config["run_admin_server"] = False
    DBOS(config=config)

    @DBOS.step()
    async def step() -> str:
        return "done"

    @DBOS.workflow()
    async def scene() -> None:
        for _ in range(STAGES_OF_A_SCENE):
            await step()

    @DBOS.workflow()
    async def job() -> str:
        """script and face, then three stages for each scene, then the assembly.

        Scenes do not wait for each other. The library numbers the steps of a workflow in the order
        of their calls, so each scene is a workflow of its own.
        """
        await asyncio.gather(step(), step())
        scenes = [await DBOS.start_workflow_async(scene) for _ in range(SCENES)]
        for handle in scenes:
            await handle.get_result()
        return await step()

    DBOS.launch()
    while line := await asyncio.to_thread(sys.stdin.readline):
        began = time.monotonic()
        handles = [await DBOS.start_workflow_async(job) for _ in range(int(line))]
        for handle in handles:
            assert await handle.get_result() == "done"
        print(time.monotonic() - began, flush=True)
    os._exit(0)


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1]))
