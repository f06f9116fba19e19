"""The artifact store as the database knows it: cache, eviction, retention, backup."""
