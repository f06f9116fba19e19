"""What operators scrape: each figure has one owner, the process that sees it happen.

`web` counts what comes through its doors and reads the state that all share; `control`,
which hears every event once, counts stages and ends; a worker counts its models
(`gpu_worker/models/metrics.py`).
"""
