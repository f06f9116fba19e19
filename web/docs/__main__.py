"""`python -m web.docs`: write every generated page, and the generated parts of the README."""

from __future__ import annotations

import sys

from web.docs.pages import changed
from web.state import ROOT


def main() -> None:
    for path, text in changed(ROOT).items():
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
