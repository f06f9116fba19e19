"""Webhooks: events of an owner, sent to addresses that the owner has registered."""
