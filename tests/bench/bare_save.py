"""`python -m tests.bench.bare_save PORT DIRECTORY`: the least a Flask server does with a file."""

from __future__ import annotations

import sys
from pathlib import Path

from flask import Flask, request
from werkzeug.serving import make_server


def main(port: int, directory: Path) -> None:
    app = Flask("bare")

    @app.post("/save")
    def save() -> tuple[str, int]:
        target = directory / "saved"
        request.files["file"].save(target)
        target.unlink()
        return "", 204

    make_server("127.0.0.1", port, app, threaded=True).serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), Path(sys.argv[2]))
