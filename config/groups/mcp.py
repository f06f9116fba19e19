"""The settings of the MCP server."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from config.setting import setting


@dataclass(frozen=True, slots=True)
class McpSettings:
    """Tools for agents over the Model Context Protocol."""

    mode: str = setting(
        "off",
        "MCP",
        "`on` or `off`: whether `make serve` runs the MCP server. It needs `BILLING=on`, because "
        "agents start jobs with quotes only.",
    )
    host: str = setting("127.0.0.1", "MCP_HOST", "Address that the MCP server listens on.")
    port: int = setting(5001, "MCP_PORT", "Port of the MCP server.")
    api_url: str = setting(
        "",
        "MCP_API_URL",
        "URL of the API that the MCP server calls. Empty: `HOST` and `PORT` of this machine.",
    )

    url: str = setting(
        "",
        "MCP_URL",
        "URL at which Prometheus reaches the MCP server, such as `http://mcp:5001`. Empty: "
        "`MCP_HOST` and `MCP_PORT` of this machine.",
    )

    @property
    def address(self) -> str:
        """Where the MCP server serves its metrics: HOST:PORT."""
        local = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  looked up, never bound
        host = local.get(self.host, self.host)
        shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
        return urlsplit(self.url).netloc or f"{shown}:{self.port}"

    @property
    def is_on(self) -> bool:
        return self.mode == "on"
