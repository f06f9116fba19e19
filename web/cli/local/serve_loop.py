"""Serving until somebody ends it: what the processes say, and which of them came back."""

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
    """The addresses, as a person needs them."""
    console.print(f"Server  [bold]{system.url}[/]", highlight=False)
    password = system.state.directory / "flower-password"
    signed_in = f"  (user callsheet, password in {password})" if password.exists() else ""
    console.print(f"Flower  {system.flower_url}{signed_in}", highlight=False, soft_wrap=True)
    console.print(f"Operate {_operate_link(system)}", highlight=False, soft_wrap=True)
    console.print(f"Logs    {system.state.logs}", highlight=False, soft_wrap=True)
    console.print("Ctrl-C ends it.")


def _operate_link(system: System) -> str:
    """It signs one browser in; `callsheet operate` makes the next."""
    with Client(system.url, operator_token(system.settings)) as client:
        try:
            return f"{client.operate_link()['url']}  (works once; callsheet operate makes another)"
        except (RequestRefused, httpx.TransportError):
            return f"{system.url}/operate"


def watch(system: System, console: Console, *, logs: bool) -> None:
    """Returns only when the process manager has ended, which it does not do by itself."""
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
    console.print("The process manager has ended; so has everything else.")


def _compare(before: Process | None, now: Process, console: Console, *, logs: bool) -> None:
    """Say that a process died, once for each death."""
    if before is None or before.pid in {0, now.pid}:
        return
    console.print(f"[yellow]{now.name} ended and is started again[/]", highlight=False)
    if not logs:
        for line in tail(now.log, 5):
            console.print(f"  {escape(line)}", highlight=False, style="dim")
