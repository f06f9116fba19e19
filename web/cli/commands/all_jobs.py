"""`callsheet jobs --all`: the jobs of all owners, for operators."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any, Final

from rich.table import Table

from web.cli.commands.output import Output
from web.cli.commands.servers import Server, connected
from web.cli.formatting import duration, plain_table
from web.cli.local.client import Client

_PAGE: Final = 200


def show(place: Server, output: Output, *, limit: int, **search: Any) -> None:
    """Print the jobs that match."""
    wanted = {
        "created_after": _moment(search.pop("newer")),
        "created_before": _moment(search.pop("older")),
        "limit": min(limit, _PAGE),
        **search,
    }
    wanted = {name: value for name, value in wanted.items() if value is not None}
    with connected(place) as client:
        found = list(islice(_pages(client, wanted), limit))
    output.data(found)
    if not output.as_json:
        output.console.print(_table(found) if found else "No matching jobs.")


def _moment(hours: float | None) -> str | None:
    return None if hours is None else (datetime.now(UTC) - timedelta(hours=hours)).isoformat()


def _pages(client: Client, search: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Get page after page, but only as many as are read."""
    page = client.all_jobs(**search)
    yield from page["jobs"]
    while page["next_cursor"] is not None:
        page = client.all_jobs(**search, cursor=page["next_cursor"])
        yield from page["jobs"]


def _table(found: list[dict[str, Any]]) -> Table:
    names = ("job", "state", "age", "owner", "engines", "code")
    table = plain_table(*names, right=("age",), fold=("engines", "code"), wrap=False)
    for job in found:
        table.add_row(
            job["job_id"],
            job["state"],
            duration(job["age_seconds"]),
            job["owner"],
            " ".join(job["engines"]),
            (job["error"] or {}).get("error_code", ""),
        )
    return table
