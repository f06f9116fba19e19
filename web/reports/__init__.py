"""What the ledger knows, as dictionaries: the same for REST and for live snapshots."""
