"""`callsheet users`: accounts, on the machine of the control plane."""

from __future__ import annotations

import getpass
import sys
from collections.abc import Iterator
from typing import Any

import click

from web.accounts import administration, invitations, password_rules, passwords, reports
from web.accounts import registration as accounts
from web.accounts.administration import Search
from web.accounts.errors import UserExists
from web.accounts.links import link
from web.accounts.models import PLANS, ROLES, PlanName, Role, User
from web.audit import log
from web.audit.log import COMMAND_LINE
from web.cli.commands.exit_codes import handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.own_database import address, email_argument, find_user, open_application
from web.db.columns import now
from web.db.engine import reading, serialise_writers, writing
from web.services import current_services
from web.storage import account_data

_role = click.Choice(ROLES)
_plan = click.Choice(PLANS)


@click.group()
def users() -> None:
    """Manage accounts: create, list, suspend, role, plan, invite, remove-totp."""


@users.command()
@email_argument
@click.option("--admin", is_flag=True, help="Give the account the role `admin`.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@json_option
def create(email: str, admin: bool, password_stdin: bool, as_json: bool) -> None:
    """Create an account whose address counts as verified; the password is asked for."""
    output = Output(as_json)
    password = _password(from_stdin=password_stdin)
    with handling_errors(output), open_application() as settings:
        password_hash = passwords.hashed(settings.accounts.password_hash, password)
        with writing() as db:
            serialise_writers(db)
            if accounts.find(db, email) is not None:
                raise UserExists
            user = accounts.create(db, email, password_hash, "admin" if admin else "user")
            user.verified_at = now()
            log.record(db, COMMAND_LINE, "user.created", f"user:{user.id}", role=user.role)
        _show(output, user, f"Created {email} ({user.role}).")


@users.command("list")
@click.option("--search", help="The beginning of the address.")
@click.option("--role", type=_role)
@click.option("--suspended", is_flag=True, help="Only suspended accounts.")
@json_option
def list_them(search: str | None, role: Role | None, suspended: bool, as_json: bool) -> None:
    """List accounts, newest first."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        found = list(_all(search, role, suspended or None))
        output.data({"users": [_plain(reports.managed(user)) for user in found]})
        if not as_json:
            for user in found:
                state = "suspended" if user.suspended_at else user.role
                click.echo(f"{user.created_at:%Y-%m-%d}  {state:<10} {user.id}  {user.email}")


@users.command()
@email_argument
@click.option("--end", is_flag=True, help="End the suspension instead.")
@json_option
def suspend(email: str, end: bool, as_json: bool) -> None:
    """Suspend an account: its tokens end and its jobs are cancelled."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        user_id = find_user(email).id
        if end:
            administration.reinstate(COMMAND_LINE, user_id)
            said = f"{email} may sign in again."
        else:
            jobs = account_data.suspend(current_services(), COMMAND_LINE, user_id)
            said = f"Suspended {email}; {jobs} jobs are cancelled."
        _show(output, find_user(email), said)


@users.command()
@email_argument
@click.argument("role", type=_role)
@json_option
def role(email: str, role: Role, as_json: bool) -> None:
    """Change the role of an account."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        user = administration.change(COMMAND_LINE, find_user(email).id, role=role)
        _show(output, user, f"{email} is {role} now.")


@users.command()
@email_argument
@click.argument("plan", type=_plan)
@json_option
def plan(email: str, plan: PlanName, as_json: bool) -> None:
    """Change the plan of an account, which sets its limits."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        user = administration.change(COMMAND_LINE, find_user(email).id, plan=plan)
        _show(output, user, f"{email} has the plan {plan} now.")


@users.command("remove-totp")
@email_argument
@json_option
def remove_totp(email: str, as_json: bool) -> None:
    """Remove the second factor of a person who has lost it."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        user = find_user(email)
        administration.remove_second_factor(current_services(), COMMAND_LINE, user.id)
        _show(output, user, f"{email} signs in with the password alone now.")


@users.command()
@click.argument("email", required=False, callback=address)
@click.option("--role", type=_role, default="user", show_default=True)
@json_option
def invite(email: str | None, role: Role, as_json: bool) -> None:
    """Print a link with which one person may register, within 7 days."""
    output = Output(as_json)
    with handling_errors(output), open_application() as settings:
        invitation, token = invitations.create(current_services(), COMMAND_LINE, email, role)
        opened_by = {"token": token, "link": link(settings, "invitation", token)}
        output.data(_plain(reports.invitation(invitation)) | opened_by)
        if not as_json:
            click.echo(opened_by["link"])


def _password(*, from_stdin: bool) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = getpass.getpass("Password: ")
        if password != getpass.getpass("Repeat it: "):
            raise click.UsageError("The passwords differ.")
    try:
        password_rules.require_good(password)
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    return password


def _all(search: str | None, role: Role | None, suspended: bool | None) -> Iterator[User]:
    cursor = None
    while True:
        with reading() as db:
            page = administration.users(
                db, Search(search, role, suspended=suspended, cursor=cursor, limit=200)
            )
        yield from page.rows
        cursor = page.next_cursor
        if cursor is None:
            return


def _show(output: Output, user: User, said: str) -> None:
    output.data(_plain(reports.managed(user)))
    if not output.as_json:
        click.echo(said)


def _plain(report: dict[str, Any]) -> dict[str, Any]:
    """Return a report with its times as text, for JSON."""
    return {
        name: value.isoformat() if hasattr(value, "isoformat") else value
        for name, value in report.items()
    }
