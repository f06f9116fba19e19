"""`python -m gpu_worker.verify FILE`: print a video's provenance as JSON.

It runs in the `media` or `lite` environment; the control plane starts it as a process.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from gpu_worker.engines.assemble.provenance import verify


def main(path: Path) -> None:
    sys.stdout.write(json.dumps(verify(path)) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
