"""Events: publishing, history, and live delivery to the subscribers of one process."""
