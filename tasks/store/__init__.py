"""The artifact store: objects, artifacts by content key, and the stage cache."""
