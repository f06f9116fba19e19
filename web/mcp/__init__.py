"""The MCP server: a few tools for agents, each a call of the REST API with the agent's key."""
