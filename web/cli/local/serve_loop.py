"""The serving loop: print logs and restarts until interrupted."""

from __future__ import annotations

import time

import httpx
from rich.console import Console
from rich.markup import escape

from web.cli.local.client import Client, RequestRefused
from web.cli.local.local_system import System
from web.cli.local.logs import Follower, tail
from web.cli.local.process_manager import Process
from web.http.operators import operator_token

CHECK_SECONDS = 0.5

_COLOURS = ("cyan", "green", "magenta", "yellow", "blue")


def announce(system: System, console: Console) -> None:
    """Print the URLs and credentials."""
    console.print(f"Server  [bold]{system.url}[/]", highlight=False)
    password = system.state.directory / "flower-password"
    signed_in = f"  (user callsheet, password in {password})" if password.exists() else ""
    console.print(f"Flower  {system.flower_url}{signed_in}", highlight=False, soft_wrap=True)
    console.print(f"Operate {_operate_link(system)}", highlight=False, soft_wrap=True)
    console.print(f"Logs    {system.state.logs}", highlight=False, soft_wrap=True)
    console.print("Press Ctrl-C to stop.")


def _operate_link(system: System) -> str:
    """Return a one-time sign-in link."""
    with Client(system.url, operator_token(system.settings)) as client:
        try:
            return (
                f"{client.operate_link()['url']}  (works once; run callsheet operate for another)"
            )
        except (RequestRefused, httpx.TransportError):
            return f"{system.url}/operate"


def watch(system: System, console: Console, *, logs: bool) -> None:
    """Print logs and restarts until the process manager ends."""
    follower = Follower(system.state.logs)
    known = {process.name: process for process in system.manager.processes()}
    while system.manager.alive():
        if logs:
            for name, line in follower.new():
                colour = _COLOURS[sum(map(ord, name)) % len(_COLOURS)]
                console.print(f"[{colour}]{name:<10}[/] {escape(line)}", highlight=False)
        for process in system.manager.processes():
            _compare(known.get(process.name), process, console, logs=logs)
            known[process.name] = process
        time.sleep(CHECK_SECONDS)
    console.print("The process manager and all processes have ended.")


def _compare(before: Process | None, now: Process, console: Console, *, logs: bool) -> None:
    """Print each restart of a process once."""
    if before is None or before.pid in {0, now.pid}:
        return
    console.print(f"[yellow]{now.name} ended and is being restarted[/]", highlight=False)
    if not logs:
        for line in tail(now.log, 5):
            console.print(f"  {escape(line)}", highlight=False, style="dim")
