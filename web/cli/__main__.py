"""`callsheet`: the command line.

Exit codes are those of `web.cli.commands.exit_codes.ExitCode`.
"""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from config.version import VERSION
from web.cli.commands.analytics import analytics
from web.cli.commands.autoscale import autoscale
from web.cli.commands.backup import backup, restore
from web.cli.commands.batch import batch
from web.cli.commands.credits import billing, credits_of_users
from web.cli.commands.dead_letters import dead_letters
from web.cli.commands.doctor import doctor
from web.cli.commands.env import env
from web.cli.commands.jobs import cancel, jobs, retry, watch_job
from web.cli.commands.migrate import migrate
from web.cli.commands.models import models
from web.cli.commands.moderation import moderation
from web.cli.commands.node import api_key, node
from web.cli.commands.plan import plan
from web.cli.commands.providers import providers
from web.cli.commands.render import render
from web.cli.commands.report import report
from web.cli.commands.reports import reports
from web.cli.commands.serve import demo, operate, serve
from web.cli.commands.smoke import smoke
from web.cli.commands.statistics import cache, estimates
from web.cli.commands.users import users
from web.cli.commands.verify import verify
from web.cli.commands.webhooks import webhooks
from web.cli.commands.workers import drain, workers

EPILOG = (
    "Exit codes: 0 success, 1 failure, 2 usage error, 3 no server, "
    "4 job cancelled, 5 request refused by the server, 130 interrupted."
)

SHELLS = ("bash", "zsh", "fish")


@click.group(epilog=EPILOG, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, message="Callsheet %(version)s")
def main() -> None:
    """Callsheet: turn a face, a voice and a script into a talking video."""


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion script of a SHELL.

    bash and zsh: eval "$(callsheet completion bash)"; fish: callsheet completion fish | source
    """
    made = get_completion_class(shell)
    if made is None:
        raise click.UsageError(f"No completion available for {shell}.")
    root = context.find_root().command
    click.echo(made(root, {}, "callsheet", "_CALLSHEET_COMPLETE").source())


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
    analytics,
    doctor,
    env,
    models,
    moderation,
    providers,
    verify,
    batch,
    smoke,
    demo,
    serve,
    api_key,
    completion,
    node,
    autoscale,
    plan,
    drain,
    report,
    reports,
    operate,
    migrate,
    backup,
    restore,
    users,
    credits_of_users,
    billing,
    webhooks,
):
    main.add_command(command)


if __name__ == "__main__":
    main(prog_name="callsheet")
