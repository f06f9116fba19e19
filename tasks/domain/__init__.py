"""The product's own words, in pure Python: plans, jobs, artifacts, events, errors."""
