"""The `callsheet` command line."""
