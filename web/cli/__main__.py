"""`callsheet`: the command line.

Exit codes are those of `web.cli.commands.exit_codes.ExitCode`.
"""

from __future__ import annotations

import click

from web.cli.commands.api_key import api_key
from web.cli.commands.autoscale import autoscale
from web.cli.commands.backup import backup, restore
from web.cli.commands.completion import completion
from web.cli.commands.dead_letters import dead_letters
from web.cli.commands.doctor import doctor
from web.cli.commands.drain import drain
from web.cli.commands.env import env
from web.cli.commands.jobs import cancel, jobs, retry, watch_job
from web.cli.commands.models import models
from web.cli.commands.node import node
from web.cli.commands.operate import operate
from web.cli.commands.render import render
from web.cli.commands.report import report
from web.cli.commands.serve import demo, serve
from web.cli.commands.statistics import cache, estimates
from web.cli.commands.verify import verify
from web.cli.commands.workers import workers

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
