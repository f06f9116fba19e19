"""Shared code of engines that call external services: keys, waiting, errors."""
