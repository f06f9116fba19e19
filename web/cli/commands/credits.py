"""`callsheet credits` and `callsheet billing`: credits, on the machine of the control plane."""

from __future__ import annotations

import sys
from decimal import Decimal, InvalidOperation
from typing import Any

import click

from config.credit_prices import CREDIT, MOST_CREDITS
from config.settings import Settings
from web.accounts.models import owner_of
from web.audit.log import COMMAND_LINE
from web.billing import check as books
from web.billing import grants, reports
from web.billing.errors import BillingOff
from web.billing.grants import Change
from web.cli.commands.exit_codes import ExitCode, handling_errors
from web.cli.commands.output import Output, json_option
from web.cli.commands.own_database import email_argument, find_user, open_application
from web.db.engine import reading


def _micro(_context: click.Context, _option: click.Parameter, text: str) -> int:
    try:
        micro = Decimal(text) * CREDIT
    except InvalidOperation:
        raise click.BadParameter("is not a number") from None
    if not micro.is_finite() or micro != micro.to_integral_value() or not micro:
        raise click.BadParameter("must not be 0 and have at most six decimals")
    if abs(micro) > MOST_CREDITS * CREDIT:
        raise click.BadParameter(f"must be at most {MOST_CREDITS}")
    return int(micro)


@click.group("credits")
def credits_of_users() -> None:
    """Give credits to users and show what they have."""


@credits_of_users.command(context_settings={"ignore_unknown_options": True})
@email_argument
@click.argument("amount", callback=_micro)
@click.option("--note", default="", help="What for; the user sees it.")
@click.option("--reference", help="The same reference counts once.")
@json_option
def grant(email: str, amount: int, note: str, reference: str | None, as_json: bool) -> None:
    """Give AMOUNT credits to the account EMAIL; a negative AMOUNT takes some away."""
    output = Output(as_json)
    with handling_errors(output), open_application() as settings:
        _require_billing(settings)
        owner = owner_of(find_user(email).id)
        change = Change(amount, note[:200], reference)
        give = grants.grant if amount > 0 else grants.adjust
        give(COMMAND_LINE, owner, change)
        _show(output, email, owner)


@credits_of_users.command()
@email_argument
@json_option
def show(email: str, as_json: bool) -> None:
    """Show the credits of the account EMAIL."""
    output = Output(as_json)
    with handling_errors(output), open_application() as settings:
        _require_billing(settings)
        _show(output, email, owner_of(find_user(email).id))


@click.group()
def billing() -> None:
    """Check the accounts of credits."""


@billing.command()
@json_option
def check(as_json: bool) -> None:
    """Compare balances with entries and holds with jobs; exit code 1 if they differ."""
    output = Output(as_json)
    with handling_errors(output), open_application():
        with reading() as db:
            found = books.differences(db)
        output.data({"differences": [_plain(one) for one in found]})
        if not as_json:
            for one in found:
                click.echo(f"{one.of}: {one.what} is {one.found}, should be {one.expected}")
            click.echo(f"{len(found)} differences." if found else "Everything adds up.")
        if found:
            sys.exit(ExitCode.FAILED)


def _require_billing(settings: Settings) -> None:
    if not settings.billing.is_on:
        raise BillingOff


def _show(output: Output, email: str, owner: str) -> None:
    with reading() as db:
        found = reports.credits(db, owner)
    output.data(found)
    if not output.as_json:
        click.echo(f"{email}: {found['available']:g} credits available, {found['held']:g} held.")


def _plain(one: books.Difference) -> dict[str, Any]:
    return {"of": one.of, "what": one.what, "expected": one.expected, "found": one.found}
