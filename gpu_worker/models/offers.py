"""`python -m gpu_worker.models.offers NAME`: what a worker of this environment could do here, as
JSON.

Nothing is loaded and no service is asked: a sick machine can say what it lacks.
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
