"""`python -m gpu_worker.models.offers NAME`: print the engines of an environment here, as JSON.

It loads no model and calls no service, so it works on a machine that lacks them.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict

from gpu_worker.models.registry import Registry


def main(environment: str) -> None:
    offers = [asdict(offer) for offer in Registry(environment).offers]
    sys.stdout.write(json.dumps(offers) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
