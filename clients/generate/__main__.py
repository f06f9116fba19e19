"""`python -m clients.generate`: write every generated file of the clients."""

from __future__ import annotations

import sys

from clients.generate.files import generated
from web.state_directory import ROOT


def main() -> None:
    for path, text in generated(ROOT).items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path.relative_to(ROOT)}\n")


if __name__ == "__main__":
    main()
