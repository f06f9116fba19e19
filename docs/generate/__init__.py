"""Generate pages of `docs/`: `python -m docs.generate` writes them."""
