"""A real Prometheus on our own configuration, hurried and pointed at a test's processes."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import TracebackType
from typing import Any

import httpx
import yaml

from tests.services.binaries import require
from tests.services.program import Program
from web.cli.local.ports import find_free_port

CONFIGURATION = Path(__file__).resolve().parents[2] / "docker" / "prometheus"


class Prometheus(Program):
    """One server; it scrapes what `docker/prometheus` says, by default once a second."""

    def __init__(self, directory: Path, web: str, token: str, every: str = "1s") -> None:
        super().__init__(directory / "log")
        self._binary = require("prometheus", "prometheus")
        self._directory = directory
        self._web = web
        self._every = every
        self._token = token
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{find_free_port()}", timeout=10)

    def _configure(self) -> Path:
        """The shipped files, with this test's addresses and a shorter breath."""
        secret = self._directory / "metrics_token"
        secret.write_text(self._token)
        shutil.copy(CONFIGURATION / "rules.yml", self._directory)
        text = (CONFIGURATION / "prometheus.yml").read_text()
        text = text.replace("web:5000", self._web.removeprefix("http://"))
        text = text.replace("/run/secrets/metrics_token", str(secret)).replace("15s", self._every)
        file = self._directory / "prometheus.yml"
        file.write_text(text)
        return file

    def query(self, expression: str) -> list[dict[str, Any]]:
        answer = self._http.get("/api/v1/query", params={"query": expression})
        assert answer.status_code == 200, (expression, answer.text)
        found: list[dict[str, Any]] = answer.json()["data"]["result"]
        return found

    def firing(self) -> list[dict[str, str]]:
        """The labels of every alert that fires."""
        answer = self._http.get("/api/v1/alerts").json()["data"]["alerts"]
        return [alert["labels"] for alert in answer if alert["state"] == "firing"]

    def targets(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._http.get("/api/v1/targets").json()["data"][
            "activeTargets"
        ]
        return found

    def _answers(self) -> bool:
        try:
            return self._http.get("/-/ready").status_code == 200
        except httpx.TransportError:
            return False

    def start(self) -> None:
        self._directory.mkdir()
        self._run(
            [
                self._binary,
                f"--config.file={self._configure()}",
                f"--storage.tsdb.path={self._directory / 'data'}",
                f"--web.listen-address={self._http.base_url.host}:{self._http.base_url.port}",
            ]
        )

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        self._http.close()
        super().__exit__(kind, error, at)


def expressions() -> dict[str, str]:
    """Every rule by its name."""
    return {rule.get("record") or rule["alert"]: rule["expr"] for rule in _rules()}


def annotations() -> dict[str, dict[str, str]]:
    """What every alert says, by its name."""
    return {rule["alert"]: rule["annotations"] for rule in _rules() if "alert" in rule}


def _rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((CONFIGURATION / "rules.yml").read_text())["groups"]
    return [rule for group in groups for rule in group["rules"]]
