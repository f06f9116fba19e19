"""`python -m gpu_worker.providers`: ask providers something free with each of their keys.

Reads a list of `Remote` as JSON from the standard input, and writes one result a key.
"""

from __future__ import annotations

import json
import sys

from config.provider_keys import ProviderKey
from config.settings import current
from gpu_worker.providers.answers import NoAnswer, NotSent, ProviderRefused
from gpu_worker.providers.wire import UnknownWire, open_wire
from tasks.domain import wire
from tasks.domain.hosted import Remote


def main() -> int:
    """Check the keys of the providers that are asked about."""
    remotes = [wire.build(Remote, raw) for raw in json.load(sys.stdin)]
    results = [
        {"provider": remote.provider, "key": key.label, **_check(remote, key)}
        for remote in remotes
        for key in current().providers.of(remote.provider)
    ]
    json.dump(results, sys.stdout)
    return 0


def _check(remote: Remote, key: ProviderKey) -> dict[str, object]:
    try:
        return {"ok": True, "said": open_wire(remote, key).check()}
    except UnknownWire:
        return {"ok": False, "said": "this version does not know the wire"}
    except (ProviderRefused, NotSent, NoAnswer) as error:
        return {"ok": False, "said": str(error)}


if __name__ == "__main__":
    sys.exit(main())
