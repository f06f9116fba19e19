"""Live events for a crowd: a process on gevent that needs Redis and never the database."""
