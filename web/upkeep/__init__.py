"""Keeping the machine in order: memory, disk, what is over; and the ledger's copy."""
