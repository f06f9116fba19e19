"""Generate the configuration of supervisord from the process plan.

Why supervisord: it restarts processes with back-off, where honcho ends all when one ends; and
workers do die, for example when Redis is full.
"""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path

from web.cli.local import parent_death_signal
from web.cli.local.process_plan import PlannedProcess
from web.state_directory import StateDirectory

# In start order; stopped in reverse order, one group after another.
GROUPS = ("storage", "control-plane", "workers")

WORKER_STOP_SECONDS = 15
"""A worker requeues its step within 5 s (measured 4.5); then it is killed."""

_MAIN = """\
[supervisord]
nodaemon = true
logfile = {logs}/supervisord.log
logfile_maxbytes = 5MB
logfile_backups = 1
pidfile = {sockets}/supervisord.pid
childlogdir = {logs}
silent = true

[unix_http_server]
file = {sockets}/supervisor.sock
chmod = 0700

[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
"""

# startretries: each try waits a second longer than the last, without a limit,
# because a database or Redis may be unavailable for an hour.
_PROGRAM = """
[program:{name}]
command = {command}
process_name = {process}
numprocs = {count}
directory = {root}
autostart = true
autorestart = true
startsecs = 3
startretries = 1000000
stopsignal = TERM{pin}
stopwaitsecs = {stop_seconds}
killasgroup = true
redirect_stderr = true
stdout_logfile = {logs}/{process}.log
stdout_logfile_maxbytes = 10MB
stdout_logfile_backups = 2
"""

_PIN = '\nenvironment = CUDA_VISIBLE_DEVICES="%(process_num)d"'


def write(members: Sequence[PlannedProcess], state: StateDirectory, root: Path) -> Path:
    """Write the configuration file and return its path."""
    path = state.sockets / "supervisord.conf"
    path.write_text(text(members, state, root))
    return path


def text(members: Sequence[PlannedProcess], state: StateDirectory, root: Path) -> str:
    """Return the configuration without secrets, which processes inherit from supervisord."""
    main = _MAIN.format(logs=_value(state.logs), sockets=_value(state.sockets))
    groups = {name: [m for m in members if _group(m) == name] for name in GROUPS}
    parts = [main]
    parts += [_program(member, state, root) for member in members]
    parts += [
        f"\n[group:{name}]\nprograms = {','.join(m.name for m in group)}\npriority = {priority}\n"
        for priority, (name, group) in enumerate(groups.items(), start=1)
        if group
    ]
    return "".join(parts)


def _group(member: PlannedProcess) -> str:
    if member.worker:
        return "workers"
    return "storage" if member.name == "redis" else "control-plane"


def _program(member: PlannedProcess, state: StateDirectory, root: Path) -> str:
    command = parent_death_signal.command(str(state.lock), member.command)
    several = member.count > 1
    return _PROGRAM.format(
        name=member.name,
        command=_value(shlex.join(command)),
        process="%(program_name)s-%(process_num)d" if several else "%(program_name)s",
        count=member.count,
        root=_value(root),
        logs=_value(state.logs),
        pin=_PIN if member.pinned else "",
        stop_seconds=WORKER_STOP_SECONDS if member.worker else 10,
    )


def _value(value: Path | str) -> str:
    """Escape `%`, which supervisord expands, and `;`, which begins a comment after a space."""
    return str(value).replace("%", "%%")
