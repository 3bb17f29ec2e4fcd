"""The least ASGI application in the same server: answers every request with the bytes of one file.

With a Redis it gets them from there, by one GET for each request.
"""

import asyncio
import sys
from pathlib import Path
from typing import Any

import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server
from redis.asyncio import Redis


def make_app(body: bytes, key: str, redis: Redis | None) -> Any:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        sent = body if redis is None else await redis.get(key)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": sent})

    return app


async def serve(port: int, body: bytes, redis: Redis | None) -> None:
    key = f"kinoteka-bench:{port}"
    if redis is not None:
        await redis.set(key, body, ex=3600)
    app = make_app(body, key, redis)
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    asyncio.get_running_loop().add_signal_handler(15, server.stop)
    await server.serve()


if __name__ == "__main__":
    given = sys.argv[3] if len(sys.argv) > 3 else None
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), Redis.from_url(given) if given else None))
