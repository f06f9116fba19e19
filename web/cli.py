"""`callsheet`: the command line.

Exit codes are those of `web.commands.endings.Ending`.
"""

from __future__ import annotations

import click

from web.commands.api_key import api_key
from web.commands.autoscale import autoscale
from web.commands.backup import backup, restore
from web.commands.completion import completion
from web.commands.dead_letters import dead_letters
from web.commands.doctor import doctor
from web.commands.drain import drain
from web.commands.env import env
from web.commands.figures import cache, estimates
from web.commands.jobs import cancel, jobs, retry, watch_job
from web.commands.models import models
from web.commands.node import node
from web.commands.operate import operate
from web.commands.render import render
from web.commands.report import report
from web.commands.serving import demo, serve
from web.commands.verify import verify
from web.commands.workers import workers

EPILOG = (
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 no server answers, "
    "4 the job was cancelled, 5 the server refused, 130 interrupted."
)


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
def main() -> None:
    """Callsheet: a face, a voice and a script become a talking video."""


for command in (
    render,
    jobs,
    watch_job,
    cancel,
    retry,
    workers,
    dead_letters,
    cache,
    estimates,
    doctor,
    env,
    models,
    verify,
    demo,
    serve,
    api_key,
    completion,
    node,
    autoscale,
    drain,
    report,
    operate,
    backup,
    restore,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="callsheet")
