"""Events: publishing, the outbox, and live delivery to subscribers of one process."""
