"""The pages of `docs/` that are generated: `python -m docs.generate` writes them anew."""
