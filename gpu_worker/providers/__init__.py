"""Hosted video models: create a provider's task once, ask for it, and fetch what it made."""
