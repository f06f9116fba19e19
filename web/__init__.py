"""The control plane: API, sockets, and the one process that decides states."""

from web.compat import aliases

aliases.install()
