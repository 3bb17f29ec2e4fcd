"""The least ASGI application in the same server: answers every request with the bytes of one file.

With a Redis it gets them from there, by one GET for each request.
"""

import sys
from pathlib import Path
from typing import Any

import uvloop
from redis.asyncio import Redis

from benchmarks import least


def make_app(body: bytes, key: str, redis: Redis | None) -> Any:
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            await least.live(receive, send)
            return
        sent = body if redis is None else await redis.get(key)
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": sent})

    return app


async def serve(port: int, body: bytes, redis: Redis | None) -> None:
    key = f"kinoteka-bench:{port}"
    if redis is not None:
        await redis.set(key, body, ex=3600)
    await least.serve(make_app(body, key, redis), port)


if __name__ == "__main__":
    given = sys.argv[3] if len(sys.argv) > 3 else None
    uvloop.run(serve(int(sys.argv[1]), Path(sys.argv[2]).read_bytes(), Redis.from_url(given) if given else None))
