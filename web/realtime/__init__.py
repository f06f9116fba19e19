"""Live progress: one thread hears all events of Redis, and every door gets its own from it."""
