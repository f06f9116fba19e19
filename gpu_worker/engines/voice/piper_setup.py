"""Prepare the Piper voice at set-up, so that the first job does not wait for it."""

from __future__ import annotations

import sys

from gpu_worker.speech.piper_model import path


def main() -> int:
    sys.stdout.write(f"{path()}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
