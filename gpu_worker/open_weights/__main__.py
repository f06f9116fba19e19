"""`python -m gpu_worker.open_weights CONFIGURATION`: serve a model of your own."""

from __future__ import annotations

import argparse
import ipaddress
import json
import logging
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from gpu_worker.open_weights.clips import Clips
from gpu_worker.open_weights.film import Make
from gpu_worker.open_weights.server import Terms, VideosServer


class NotServed(Exception):
    """The configuration cannot be served; the message says why."""


def main() -> int:
    """Serve until the process is ended."""
    parser = argparse.ArgumentParser(description="Serve a video model by OpenAI's videos API.")
    parser.add_argument("configuration", type=Path, help="a JSON file (docs/open-weights.md)")
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    try:
        with serving(json.loads(parser.parse_args().configuration.read_text())) as server:
            logging.getLogger(__name__).info("serving %s", server.url)
            server.serve_forever()
    except (NotServed, OSError, ValueError) as error:
        print(f"Not served: {error}", file=sys.stderr)  # noqa: T201  a command line
        return 2
    except KeyboardInterrupt:
        pass
    return 0


@contextmanager
def serving(config: Mapping[str, Any]) -> Iterator[VideosServer]:
    """Load the model and open the server, which does not answer yet."""
    terms = Terms(
        model=str(config["name"]),
        key=str(config.get("key", "")),
        most_seconds=float(config.get("most_seconds", 10)),
        most_pixels=int(config.get("most_pixels", 1280 * 720)),
    )
    host, port = str(config.get("host", "127.0.0.1")), int(config.get("port", 8000))
    if not terms.key and not ipaddress.ip_address(host).is_loopback:
        raise NotServed("an address that other machines reach needs a `key`")
    make = loaded(config)
    with tempfile.TemporaryDirectory(prefix="clips-", dir=config.get("directory")) as directory:
        clips = Clips(make, Path(directory), most_waiting=int(config.get("most_waiting", 8)))
        try:
            with VideosServer((host, port), clips, terms) as server:
                yield server
        finally:
            clips.close()


def loaded(config: Mapping[str, Any]) -> Make:
    """Load the model with the function `load` of the configuration (`MODULE:FUNCTION`)."""
    module, _, function = str(config["load"]).partition(":")
    make: Make = getattr(import_module(module), function)(config)
    return make


if __name__ == "__main__":
    sys.exit(main())
