"""The control plane: API, sockets, and the one process that decides states."""
