"""The pages of `docs/` that are generated: `python -m web.docs` writes them anew."""
