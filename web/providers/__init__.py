"""Hosted video models: their registry, the clips that they make, and each call to a provider."""
