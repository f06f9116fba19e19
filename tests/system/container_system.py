"""The services of Compose as rootless containers with their limits, beside a Redis of the host."""

from __future__ import annotations

import re
import subprocess
import time
from typing import Any

import httpx
import yaml

from config.installation import ROOT
from config.version import VERSION
from tests.services import cgroups
from tests.services.cgroups import Limits
from tests.services.podman import Podman
from tests.services.redis_server import RedisServer
from tests.services.waiting import until
from tests.system.test_log_shipper import free_datagram_port
from web.cli.local.ports import find_free_port

WEB = f"localhost/callsheet-web:{VERSION}"
ENVIRONMENTS = {name: f"localhost/callsheet-worker:{VERSION}-{name}" for name in ("lite", "media")}
IMAGES = {"web": WEB, **ENVIRONMENTS}
LOGS = f"localhost/callsheet-logs:{VERSION}"


def _services(name: str) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((ROOT / "docker" / name).read_text())["services"]
    return found


class System:
    """The services of compose as rootless containers, beside a Redis of the host."""

    def __init__(self, podman: Podman, redis: RedisServer) -> None:
        self._podman = podman
        self._services = _services("compose.yaml") | {
            "logs": _services("compose.logs.yaml")["logs"]
        }
        self._port = find_free_port()
        self._metrics = find_free_port()
        self.datagrams = free_datagram_port()
        self.limits: dict[str, Limits] = {}
        self._secrets = podman.home / "secrets"
        self._secrets.mkdir(exist_ok=True)
        urls = {"redis_url": redis.url, "redis_worker_url": redis.url}
        for name in {
            one for service in self._services.values() for one in service.get("secrets", [])
        }:
            secret = self._secrets / name
            secret.write_text(urls.get(name, f"a-secret-of-{name}-that-is-long"))
            secret.chmod(0o644)  # the user of the containers has another id here
        (self._secrets / "database_url").write_text("sqlite:////state/callsheet/callsheet.db")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def arguments(self, name: str) -> list[str]:
        """Translate a service of compose into arguments of `podman run`."""
        service = self._services[name]
        assert service["read_only"] is True
        found = ["--read-only", "--read-only-tmpfs=false", f"--user={service['user']}"]
        found += [f"--cap-drop={right.lower()}" for right in service["cap_drop"]]
        found += [f"--security-opt={option.split(':')[0]}" for option in service["security_opt"]]
        found += [f"--tmpfs={place}" for place in service["tmpfs"]]
        found += [f"--volume={volume}" for volume in service["volumes"]]
        found += [
            f"--volume={self._secrets / one}:/run/secrets/{one}:ro"
            for one in service.get("secrets", [])
        ]
        environ = {
            key: re.sub(r"\$\{\w+:-(.*?)\}", r"\1", str(text))
            for key, text in service.get("environment", {}).items()
        }
        environ |= self._here()
        if "worker.env" in service.get("env_file", []):
            environ["REDIS_URL_FILE"] = "/run/secrets/redis_worker_url"
        return found + [f"--env={key}={text}" for key, text in environ.items()]

    def _here(self) -> dict[str, str]:
        """What differs from compose: ports of the host's network, and no store but the volume."""
        return {
            "ARTIFACTS_URL": "file:///artifacts",
            "CALLSHEET_STATE": "/state/callsheet",
            "CLAMD": "off",
            "HOST": "127.0.0.1",
            "PORT": str(self._port),
            "METRICS_HOST": "127.0.0.1",
            "METRICS_PORT": str(self._metrics),
            "SIMULATION_SPEED": "0.4",
            "REQUESTS_A_MINUTE": "0",  # the test asks often
            "LISTEN_ADDRESS": "127.0.0.1",
            "LISTEN_PORT": str(self.datagrams),
        }

    def start(self, name: str, *more: str) -> None:
        command = self._services[name].get("command", [])
        image = LOGS if name == "logs" else IMAGES.get(name, WEB)
        arguments = [*self.arguments(name), *more, f"--name={name}", "--replace", image, *command]
        self._podman.run("run", "--detach", *arguments, limits=self._limits(name))

    def _limits(self, name: str) -> Limits | None:
        """Return the group with the limits of compose, where one can be made."""
        if name not in self.limits and cgroups.available():
            memory = cgroups.size(self._services[name]["mem_limit"])
            processors = self._services[name]["cpus"]
            self.limits[name] = Limits(f"callsheet-{name}-{self._port}", memory, processors)
        return self.limits.get(name)

    def limit(self, name: str) -> int:
        """Return the bytes of memory that a service may use."""
        return cgroups.size(self._services[name]["mem_limit"])

    def once(self, name: str, *command: str) -> subprocess.CompletedProcess[str]:
        command = command or tuple(self._services[name]["command"])
        image = IMAGES.get(name, WEB)
        return self._podman.run(
            "run", "--rm", *self.arguments(name), image, *command, limits=self._limits(name)
        )

    def greedy(self, name: str) -> int:
        """Take more memory than a service may; return the exit code."""
        python = f".venvs/{name if name in ENVIRONMENTS else 'web'}/bin/python"
        taken = f"print(len(b'x' * ({self.limit(name)} + 2**28)))"
        arguments = ["run", "--rm", *self.arguments(name), IMAGES.get(name, WEB)]
        done = self._podman.run(
            *arguments, python, "-c", taken, check=False, limits=self._limits(name)
        )
        return done.returncode

    def execute(self, name: str, *command: str) -> subprocess.CompletedProcess[str]:
        return self._podman.run("exec", name, *command, check=False)

    def stop(self, name: str) -> tuple[int, float]:
        """Stop a container as its service says; return its exit code and how long it took."""
        began = time.monotonic()
        self._podman.run("stop", "--time=30", name)
        took = time.monotonic() - began
        code = self._podman.run("inspect", "--format={{.State.ExitCode}}", name).stdout
        return int(code), took

    def log(self, name: str) -> str:
        done = self._podman.run("logs", name, check=False)
        return done.stdout + done.stderr

    def seconds_to_answer(self, *more: str) -> float:
        """Start web; return the seconds until it answers."""
        began = time.monotonic()
        self.start("web", *more)
        until(self._answers, "web answers", 120)
        return time.monotonic() - began

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/livez", timeout=2).status_code == 200
        except httpx.TransportError:
            return False
