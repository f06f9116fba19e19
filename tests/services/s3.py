"""A local S3: `moto_server` in a process of its own, spoken to over real HTTP."""

from __future__ import annotations

import sys
from itertools import count
from pathlib import Path

import httpx

from tests.services.program import Program
from web.cli.local.ports import find_free_port


class S3Server(Program):
    """Buckets in memory, gone with the process."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory / "moto.log")
        self.endpoint = f"http://127.0.0.1:{find_free_port()}"
        self._names = (f"bucket-{number}" for number in count())

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
        self._run(command)

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.endpoint}/moto-api/", timeout=5).status_code < 500
        except httpx.TransportError:
            return False
