"""The settings of the process that serves live events to a crowd."""

from __future__ import annotations

from dataclasses import dataclass

from config.setting import setting


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """Live events for thousands of clients, in processes that need Redis only."""

    mode: str = setting(
        "off", "LIVE", "`on` or `off`: whether `make serve` runs the live process of the Procfile."
    )
    url: str = setting(
        "",
        "LIVE_URL",
        "Where clients reach the live processes: a URL, or a path of this server's own origin such "
        "as `/live`, which a proxy passes on. Empty: clients use the web processes.",
    )
    host: str = setting("127.0.0.1", "LIVE_HOST", "Address that the live process listens on.")
    port: int = setting(5002, "LIVE_PORT", "Port of the live process.")
    max_clients: int = setting(
        12_000, "LIVE_MAX_CLIENTS", "Live connections per live process. Each needs a descriptor."
    )

    handshakes_a_second: int = setting(
        1000,
        "LIVE_HANDSHAKES_A_SECOND",
        "New live connections that one live process accepts in a second; further ones wait and "
        "get the time to wait. 0: no limit. `REQUESTS_A_MINUTE` limits those of one address.",
    )

    @property
    def is_on(self) -> bool:
        return self.mode == "on"

    @property
    def base(self) -> str:
        """The start of the addresses of streams; empty if clients use the web processes."""
        return self.url.rstrip("/")
