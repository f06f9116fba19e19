"""`python -m gpu_worker.models list|fetch|verify`: implements `callsheet models`.

Standard output is JSON, one line for each model; messages for people go to stderr.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from typing import Any

from config.settings import current
from gpu_worker.engine import Weight
from gpu_worker.models.catalog import MODELS, Model
from gpu_worker.models.fetch import FetchFailed, fetch, has_right_digest


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m gpu_worker.models", description=__doc__)
    parser.add_argument("what", choices=("list", "fetch", "verify"))
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--accept", action="store_true", help="accept the licence")
    asked = parser.parse_args(arguments)
    unknown = sorted(set(asked.names) - set(MODELS))
    if unknown:
        return _print_error(
            f"Unknown model: {', '.join(unknown)}. Known models: {', '.join(MODELS)}.", 2
        )
    chosen = [MODELS[name] for name in asked.names or MODELS]
    if asked.what == "fetch":
        return _fetch(chosen, accepted=asked.accept)
    for model in chosen:
        _print_json(_describe(model, thorough=asked.what == "verify"))
    return int(asked.what == "verify" and any(_state(m, thorough=True) != "here" for m in chosen))


def _fetch(models: list[Model], *, accepted: bool) -> int:
    for model in models:
        if model.consent and not (accepted or os.environ.get(model.consent) == "1"):
            return _print_error(
                f"{model.name}: {model.licence}. {model.terms}\n"
                f"To accept these terms: callsheet models fetch {model.name} --accept",
                1,
            )
        try:
            for weight in model.files:
                fetch(weight, address(model, weight), model.folder, _progress_bar(weight))
        except FetchFailed as error:
            return _print_error(
                f"{error}\nThe downloaded part is kept. MODELS_MIRROR sets another source.", 1
            )
        _print_json(_describe(model, thorough=False))
        if model.consent and os.environ.get(model.consent) != "1":
            _print_error(f"Set {model.consent}=1 for its workers, too.", 0)
    return 0


def address(model: Model, weight: Weight) -> str:
    """Return the URL of a file: at the operator's mirror, or else at its origin."""
    mirror = current().models_mirror.rstrip("/")
    return f"{mirror}/{model.name}/{weight.name}" if mirror else weight.url


def _describe(model: Model, *, thorough: bool) -> dict[str, Any]:
    return {
        "name": model.name,
        "engine": model.engine,
        "licence": model.licence,
        "terms": model.terms,
        "commercial_use": model.commercial_use,
        "accepted": not model.consent or os.environ.get(model.consent) == "1",
        "megabytes": round(sum(weight.bytes for weight in model.files) / 1e6),
        "folder": str(model.folder),
        "state": _state(model, thorough=thorough),
        "missing": _missing(model, thorough=thorough),
    }


def _state(model: Model, *, thorough: bool) -> str:
    missing = _missing(model, thorough=thorough)
    if not missing:
        return "here"
    return "missing" if len(missing) == len(model.files) else "incomplete"


def _missing(model: Model, *, thorough: bool) -> list[str]:
    if not thorough:
        return model.missing()
    return [w.name for w in model.files if not has_right_digest(model.folder / w.name, w)]


def _progress_bar(weight: Weight) -> Any:
    shown = -1

    def on_bytes(have: int, whole: int) -> None:
        nonlocal shown
        percent = 100 * have // max(whole, 1)
        if percent != shown and sys.stderr.isatty():
            shown = percent
            sys.stderr.write(f"\r{weight.name}: {percent:3} % of {whole / 1e6:.0f} MB")
            sys.stderr.write("\n" if have >= whole else "")

    return on_bytes


def _print_json(value: Any) -> None:
    sys.stdout.write(json.dumps(value) + "\n")
    sys.stdout.flush()


def _print_error(sentence: str, code: int) -> int:
    sys.stderr.write(f"{sentence}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
