"""Write declarations as Markdown tables."""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from config.environments import ENVIRONMENTS
from config.setting import groups, own_settings
from config.settings import Settings
from config.stages import ALL_STAGES
from config.values import CHOICES
from docs.generate.endpoints import Endpoint
from tasks.domain.errors import tree
from web import errors as _door_errors  # noqa: F401  adds its classes to the tree
from web.cli.commands.exit_codes import ExitCode


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table; a `|` in a cell is escaped.

    >>> print(table(("name", "what"), [("a", "b|c")]), end="")
    | name | what |
    | --- | --- |
    | a | b\\|c |
    """
    lines = [header, ["---"] * len(header), *rows]
    return "".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines
    )


def environments() -> str:
    return table(
        ("environment", "stages", "contains"),
        ((f"`{e.name}`", ", ".join(e.stages), e.carries) for e in ENVIRONMENTS.values()),
    )


def stages() -> str:
    return table(
        ("stage", "runs", "environment", "engines, in order of preference"),
        (
            (
                stage.name,
                "per scene" if stage.per_scene else "per job",
                f"`{stage.environment}`",
                ", ".join(f"`{engine}`" for engine in stage.engines),
            )
            for stage in ALL_STAGES.values()
        ),
    )


def endpoints(found: Iterable[Endpoint]) -> str:
    rows = (
        (f"`{e.method}`", f"[`{e.path}`](endpoints/{e.page}.md#{e.anchor})", e.summary)
        for e in found
    )
    return table(("method", "path", "what it does"), rows)


def folders(found: Iterable[tuple[str, str]]) -> str:
    rows = ((f"`{folder}`", purpose) for folder, purpose in found)
    return table(("folder", "what it is for"), rows)


def exit_codes() -> str:
    return table(
        ("code", "name", "when"),
        ((str(e.value), e.name.lower(), _meaning_of(e)) for e in ExitCode),
    )


def _meaning_of(code: ExitCode) -> str:
    """Return the docstring below the member; the first member has none."""
    tree = ast.parse(inspect.getsource(ExitCode)).body[0]
    assert isinstance(tree, ast.ClassDef)  # noqa: S101  it is one
    for member, text in zip(tree.body, tree.body[1:], strict=False):
        match member, text:
            case (
                ast.Assign(targets=[ast.Name(id=name)]),
                ast.Expr(value=ast.Constant(value=str() as meaning)),
            ) if name == code.name:
                return " ".join(meaning.split())
    return "Done."


ERRORS = """\
# Errors

Generated from `tasks/domain/errors.py` and `web/errors.py` by `make docs`.

Every error of the REST API is a problem document (RFC 9457, `application/problem+json`):

```json
{
  "type": "/docs#NO_FACE",
  "title": "Unprocessable Entity",
  "status": 422,
  "detail": "No face was found in the picture. Use a picture that shows a face clearly.",
  "error_code": "NO_FACE",
  "user_message": "No face was found in the picture. Use a picture that shows a face clearly.",
  "error": "NO_FACE",
  "message": "No face was found in the picture. Use a picture that shows a face clearly.",
  "request_id": "9f2c4e1ab03d7756"
}
```

`error_code` is for programs and never changes its meaning; `user_message` is for the person in
front of the screen. `error` and `message` are the same two under the names of the first design.
`request_id` identifies the request in the log; it is also the header `X-Request-ID`, which a
caller may choose. Some errors have more details in `errors`:

- `VALIDATION_FAILED`: `{"field", "message"}` for each missing or invalid field.
- `FILE_VALIDATION_FAILED`: `{"layer", "code", "message"}` for each layer that refused the file;
  repeated in `details`.
- `ENGINE_UNAVAILABLE` lists in `stages` those that no worker can run now, and in `errors` one
  `{"field", "message", "engine"}` for each engine that cannot run. Operators also get `why` and
  `remedy`, which may name paths and hosts.

"Again" means that the same request may succeed later; such responses carry `Retry-After`. A job
that fails has the same codes and sentences in its `error`, in `stage_failed` and in
`pipeline_failed`. Socket.IO acknowledges with `{ok: false, error_code, user_message}`.

"""


def errors() -> str:
    """List every error code; importing `web.errors` completes the tree."""
    known = sorted(tree(), key=lambda error: error.code)
    rows = (
        (
            f"`{error.code}`",
            str(error.status),
            "again" if error.retryable else "",
            error().user_message,
        )
        for error in known
    )
    return ERRORS + table(("code", "status", "", "sentence"), rows)


CONFIGURATION = """\
# Configuration

Generated from `config/settings.py` and `config/groups/` by `make docs`. Every setting is an
environment variable, read once when a process starts; all mistakes are reported at once, and the
process ends with code 2. A secret, or an address that may contain a password, may come from a
file: set `NAME_FILE=/run/secrets/name` instead of `NAME`.

"""


def configuration() -> str:
    sections = (
        f"## {name.capitalize()}\n\n{kind.__doc__}\n\n{_settings(kind)}"
        for name, kind in groups(Settings)
    )
    return CONFIGURATION + "\n".join((_settings(Settings), *sections))


def _settings(kind: type) -> str:
    rows = (
        (
            f"`{declared.metadata['env']}`",
            _default(declared.default),
            _meaning(declared.metadata["env"], declared.metadata["doc"]),
            _kind(declared.metadata),
        )
        for declared in own_settings(kind)
    )
    return table(("variable", "default", "meaning", ""), rows)


def _kind(metadata: Mapping[str, Any]) -> str:
    if metadata["hidden"]:
        return "secret"
    return "may hold a password" if metadata["file"] else ""


def _default(value: object) -> str:
    values = value if isinstance(value, tuple) else () if value is None else (value,)
    text = ",".join(map(str, values))
    return f"`{text}`" if text else "(empty)"


def _meaning(variable: str, doc: str) -> str:
    missing = [choice for choice in CHOICES.get(variable, ()) if choice not in doc]
    return doc + (f" One of {', '.join(missing)}." if missing else "")
