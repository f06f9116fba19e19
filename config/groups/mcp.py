"""The settings of the MCP server."""

from __future__ import annotations

from dataclasses import dataclass

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

    @property
    def is_on(self) -> bool:
        return self.mode == "on"
