"""The domain in pure Python: plans, jobs, artifacts, events, errors."""
