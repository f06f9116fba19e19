"""The worker process: start, heartbeat, queues, memory pressure and shutdown."""
