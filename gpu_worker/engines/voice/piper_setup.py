"""Set-up: put the Piper voice together once, so that no first job waits for it."""

from __future__ import annotations

import sys

from gpu_worker.speech.piper_model import path


def main() -> int:
    sys.stdout.write(f"{path()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
