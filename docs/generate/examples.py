"""`python -m docs.generate.examples RECORDED`: choose an example for each endpoint.

`RECORDED` is what `tests/recorder.py` has written. With `--better`, an example of another test may
replace that of the test which gave the present one. The chosen ones go to `web/api/recorded/`, from
where the OpenAPI document and the pages of `docs/endpoints/` take them.
"""

from __future__ import annotations

import json
import re
import sys
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final

from docs.generate.endpoints import Endpoint, endpoints
from docs.generate.placeholders import Placeholders, times
from web.api.examples import FOLDER
from web.api.multipart import FORM

REFUSED: Final = 400
NOT_READ: Final = (HTTPStatus.NO_CONTENT, HTTPStatus.FOUND, HTTPStatus.SEE_OTHER)
"""Answers whose body, if there is one, says nothing."""
MOST_OF_LIST: Final = 2
MOST_OF_WORDS: Final = 10
MOST_OF_MAP: Final = 30
LONGEST_TEXT: Final = 200
LINES_OF_PAGE: Final = 8
WITHOUT_EXAMPLE: Final = {
    "GET /openapi.json": "It is the document itself.",
    "GET /asyncapi.json": "It is the document itself.",
}
"""Endpoints whose requests are not recorded, with the reason."""


def main(recorded: Path, *, better: bool) -> None:
    """Write the files, and print the endpoints that have no example."""
    candidates: dict[str, list[Any]] = defaultdict(list)
    for line in recorded.read_text(encoding="utf-8").splitlines():
        exchange = json.loads(line)
        candidates[f"{exchange['method']} {braces(exchange['rule'])}"].append(exchange)
    for tag, of_tag in by_page(endpoints()).items():
        path = FOLDER / f"{tag}.json"
        old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
        shown = [e.row for e in of_tag if candidates[e.row] and e.row not in WITHOUT_EXAMPLE]
        tests = {} if better else {row: one.get("test", "") for row, one in old.items()}
        best_of = {row: best(candidates[row], tests.get(row, "")) for row in shown}
        chosen = {row: _shown(one) for row, one in best_of.items() if one["status"] < REFUSED}
        kept = {e.row: chosen.get(e.row, old.get(e.row)) for e in of_tag}
        for row in (
            row for row, example in kept.items() if not example and row not in WITHOUT_EXAMPLE
        ):
            sys.stdout.write(f"without an example: {row}\n")
        found = {row: example for row, example in kept.items() if example}
        if found:
            path.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", "utf-8")


def best(exchanges: Sequence[Any], test: str = "") -> Any:
    """Return the exchange that shows most: accepted, plain, with many fields, and short.

    An accepted one of `test` comes first, so that examples change only with the product.
    """
    accepted = [one for one in exchanges if one["test"] == test and one["status"] < REFUSED]
    return max(accepted or exchanges, key=_score)


def _score(exchange: Mapping[str, Any]) -> tuple[Any, ...]:
    sent = json.dumps([exchange["request"], exchange["query"]], ensure_ascii=False)
    whole = json.dumps(exchange, ensure_ascii=False, sort_keys=True)
    fields = len(set(re.findall(r'"(\w+)":', json.dumps(exchange.get("json", {})))))
    return (
        exchange["status"] < REFUSED,
        bool(re.fullmatch(r'[\w\s.,:;!?@/+=%"{}\[\]()-]*', sent)) and len(sent) < 600,
        "json" in exchange or "text" in exchange,
        fields + min(exchange.get("text", "").count("\n"), LINES_OF_PAGE),
        -len(whole),
        whole,
    )


def _shown(exchange: Mapping[str, Any]) -> dict[str, Any]:
    """Return what an example shows of an exchange, with placeholders."""
    sent = dict(exchange["request"])
    if sent.get("media_type") != FORM:
        sent |= {"form": None, "files": None}  # they may be those of the request before
    is_read = exchange["status"] not in NOT_READ
    shown_parts = ("json", "text") if is_read else ()
    answer = {
        "status": exchange["status"],
        **{name: exchange[name] for name in ("media_type", "headers") if exchange[name]},
        **{name: trimmed(_beginning(exchange, name)) for name in shown_parts if name in exchange},
    }
    places = Placeholders(times(json.dumps(exchange)))
    query = f"?{'&'.join(f'{k}={v}' for k, v in exchange['query'].items())}"
    request = {"path": exchange["path"] + query * bool(exchange["query"])}
    request |= {name: trimmed(value) for name, value in sent.items() if value not in ({}, None)}
    shown: dict[str, Any] = places.applied({"request": request, "answer": answer})
    return {"test": exchange["test"]} | shown


def _beginning(exchange: Mapping[str, Any], name: str) -> Any:
    """Return a part of an answer; of a page for people only the first lines."""
    value = exchange[name]
    if exchange["media_type"] != "text/html":
        return value
    return "\n".join([*value.splitlines()[:LINES_OF_PAGE], "..."])


def trimmed(value: Any) -> Any:
    """Shorten long lists, maps and texts.

    >>> trimmed({"ids": [1, 2, 3]})
    {'ids': [1, 2]}
    """
    match value:
        case list():
            most = MOST_OF_WORDS if all(isinstance(each, str) for each in value) else MOST_OF_LIST
            return [trimmed(each) for each in value[:most]]
        case Mapping():
            return {k: trimmed(v) for k, v in list(value.items())[:MOST_OF_MAP]}
        case str() if len(value) > LONGEST_TEXT and not re.search(r"\s", value):
            return value[:LONGEST_TEXT]
    return value


def by_page(found: Iterable[Endpoint]) -> dict[str, list[Endpoint]]:
    """Return the endpoints by the page that has their examples."""
    tags: dict[str, list[Endpoint]] = defaultdict(list)
    for endpoint in found:
        tags[endpoint.page].append(endpoint)
    return tags


def braces(rule: str) -> str:
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", r"{\1}", rule)


if __name__ == "__main__":
    main(Path(sys.argv[1]), better="--better" in sys.argv[2:])
