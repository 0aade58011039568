"""MTProto over WebSocket at `/apiws`: hands the frames of Starlette's WebSocket to the MTProto server."""

from __future__ import annotations

from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from parley.mtproto import messagewise
from parley.mtproto.server import Server
from parley.web.parts import Part

_PROTOCOL = "binary"


def part(server: Server) -> Part:
    """The route of MTProto over WebSocket."""

    async def endpoint(socket: WebSocket) -> None:
        offered = socket.scope.get("subprotocols", [])
        await socket.accept(_PROTOCOL if _PROTOCOL in offered else None)
        client = socket.client
        address = (client.host, client.port) if client else ("", 0)
        carrier = _Carrier(socket)
        await messagewise.serve(server, address, carrier.receive, carrier.send)
        await carrier.close()

    return Part("mtproto over websocket", (WebSocketRoute("/apiws", endpoint),))


class _Carrier:
    """One WebSocket in the words of `messagewise`: an `OSError` says that it is gone."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> bytes | None:
        """Give the next message, or None at the end; text frames end the connection."""
        try:
            return await self._socket.receive_bytes()
        except (WebSocketDisconnect, KeyError):
            return None
        except RuntimeError as error:
            raise OSError("the socket is gone") from error

    async def send(self, data: bytes) -> None:
        """Send one message."""
        try:
            await self._socket.send_bytes(data)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise OSError("the socket is gone") from error

    async def close(self) -> None:
        """Close from this side, unless the peer was faster."""
        try:
            await self._socket.close()
        except (RuntimeError, WebSocketDisconnect):
            return
