"""The same control plane as the integration tests have."""

from tests.integration.conftest import migrated, settings

__all__ = ["migrated", "settings"]
