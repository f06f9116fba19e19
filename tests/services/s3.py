"""A local S3: `moto_server` in a process of its own, spoken to over real HTTP."""

from __future__ import annotations

import subprocess
import sys
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

from tests.services.waiting import until
from web.system.ports import a_free_one


class S3Server:
    """Buckets in memory, gone with the process."""

    def __init__(self, directory: Path) -> None:
        self.endpoint = f"http://127.0.0.1:{a_free_one()}"
        self._log = directory / "moto.log"
        self._names = (f"bucket-{number}" for number in count())
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to know, beside `ARTIFACTS_URL=s3://BUCKET`."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ALLOW_HTTP": "true",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }

    def bucket(self) -> str:
        """The URL of a new, empty bucket."""
        name = next(self._names)
        httpx.put(f"{self.endpoint}/{name}").raise_for_status()
        return f"s3://{name}"

    def start(self) -> None:
        port = self.endpoint.rpartition(":")[2]
        command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", port]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log)
        until(self._answers, "moto_server answers", seconds=60)

    @property
    def pid(self) -> int:
        assert self._process is not None
        return self._process.pid

    def _answers(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise RuntimeError(self._log.read_text()[-2000:])
        try:
            return httpx.get(f"{self.endpoint}/moto-api/", timeout=5).status_code < 500
        except httpx.TransportError:
            return False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
