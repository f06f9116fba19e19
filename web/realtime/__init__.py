"""Live events for clients: Socket.IO, SSE and WebSocket."""
