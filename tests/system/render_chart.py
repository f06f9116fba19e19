"""Render a chart with Helm's own code: run by the Python of `.venvs/helm`.

`python render_chart.py CHART VALUES` prints the templates as JSON, or the error and exits with 1.
"""

from __future__ import annotations

import json
import sys


def main(directory: str, values: str) -> int:
    from helm_python import HelmError
    from helm_python.chart import Chart, lint

    try:
        found = json.loads(values)
        chart = Chart.load(directory)
        chart.validate_schema(found)
        problems = lint(directory, found)
        rendered = chart.render(found, name="cs", namespace="callsheet", revision=3)
    except HelmError as error:
        print(error)
        return 1
    print(json.dumps({"rendered": rendered, "lint": problems}))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
