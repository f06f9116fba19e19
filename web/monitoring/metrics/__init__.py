"""Prometheus metrics: each metric is kept by the process that observes it.

`web` counts requests and reads the shared state; the controller, which processes every event
once, counts stages and finished jobs; a worker counts its models
(`gpu_worker/models/metrics.py`).
"""
