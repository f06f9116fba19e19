"""The same control plane as the integration tests have."""

from tests.integration.conftest import app, caller, migrated, server, settings, standing

__all__ = ["app", "caller", "migrated", "server", "settings", "standing"]
