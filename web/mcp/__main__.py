"""`python -m web.mcp`: serve the tools for agents."""

from __future__ import annotations

import asyncio
import logging
import sys
from typing import Final

import uvicorn

from config import exposure, private_files
from config.logs import configure
from config.settings import ConfigurationError, Settings, current
from tasks.telemetry.metrics_server import metrics_token
from web.mcp.metrics import Metrics
from web.mcp.rest import open_client
from web.mcp.server import PATH, create_app

log = logging.getLogger("web.mcp")

MOST_REQUESTS: Final = 200
"""Connections and requests at the same time; further ones are answered with 503."""
KEEP_ALIVE_SECONDS: Final = 15
_ANY: Final = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104  looked up, never bound


def api_url(settings: Settings) -> str:
    """Return the address of the API."""
    host = _ANY.get(settings.host, settings.host)
    shown = f"[{host}]" if ":" in host and not host.startswith("[") else host
    return settings.mcp.api_url.rstrip("/") or f"http://{shown}:{settings.port}"


async def serve(settings: Settings) -> None:
    """Serve until a signal ends the process."""
    url = api_url(settings)
    async with open_client(url) as http:
        agents = create_app(http, settings.public_url.rstrip("/") or url, settings.mcp.host)
        app = Metrics(agents, metrics_token(settings))
        server = uvicorn.Server(
            uvicorn.Config(
                app,
                host=settings.mcp.host,
                port=settings.mcp.port,
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=MOST_REQUESTS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=5,
            )
        )
        log.info(
            "listening for agents",
            extra={"address": f"http://{settings.mcp.host}:{settings.mcp.port}{PATH}", "api": url},
        )
        if not exposure.is_loopback(settings.mcp.host):
            log.warning("reachable by other machines: let a TLS proxy stand before it")
        await server.serve()


def main() -> int:
    try:
        settings = current()
        configure(settings)
        logging.getLogger("httpx").setLevel(logging.WARNING)  # it logs every request
        if not settings.mcp.is_on:
            raise ConfigurationError("the MCP server is off; set MCP=on and BILLING=on")
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    private_files.protect(settings.state)
    asyncio.run(serve(settings))
    return 0


if __name__ == "__main__":
    sys.exit(main())
