"""Running one stage: inputs, cache, lease, engine, result."""
