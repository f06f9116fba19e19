"""Rerun the files of at most two failed tests, and record them as flaky if they pass now.

Called by `.ci/run` after a run with failures. A third failure fails the run: retries must
not hide a broken suite. What failed once is written to `build/flaky.json` and printed.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
FAILED = ROOT / ".pytest_cache" / "v" / "cache" / "lastfailed"
FLAKY = ROOT / "build" / "flaky.json"
MOST = 2


def main() -> int:
    failed = sorted(json.loads(FAILED.read_text())) if FAILED.exists() else []
    if not failed:
        print("The run failed, but no test did: not trying again")
        return 1
    if len(failed) > MOST:
        print(f"{len(failed)} tests failed; at most {MOST} are tried again")
        return 1
    files = sorted({test.split("::")[0] for test in failed})
    print(f"Trying again, one at a time: {' '.join(files)}")
    again = ["timeout", "--signal=INT", "--kill-after=30", "180"]
    done = subprocess.run(
        [*again, "make", "test", f"ARGS=-n 0 {' '.join(files)}"], cwd=ROOT, check=False
    )
    if done.returncode:
        return 1
    FLAKY.parent.mkdir(exist_ok=True)
    moment = datetime.now(UTC).isoformat(timespec="seconds")
    FLAKY.write_text(json.dumps({"date": moment, "tests": failed}, indent=1) + "\n")
    print("Flaky, failed once and passed when run again:", *failed, sep="\n  ")
    return 0


if __name__ == "__main__":
    sys.exit(main())
