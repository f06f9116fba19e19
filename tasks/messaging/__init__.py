"""Celery, Redis keys, stage calls and the event bus: how processes talk to each other."""
