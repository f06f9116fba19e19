"""The same control plane as the integration tests have."""

from tests.integration.conftest import app, caller, migrated, server, settings

__all__ = ["app", "caller", "migrated", "server", "settings"]
