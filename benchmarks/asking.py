"""The least ASGI application that asks Elasticsearch through its client: one question of a file after the other."""

import asyncio
import itertools
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from granian.constants import Interfaces
from granian.server.embed import Server

from kinoteka.search.elasticsearch.client import Client


class Question(msgspec.Struct):
    """`body` None: a GET."""

    path: str
    body: bytes | None

    def request(self) -> bytes:
        """As it goes to Elasticsearch when nobody is between."""
        body = self.body or b""
        method = "GET" if self.body is None else "POST"
        head = f"{method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
        return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def make_app(client: Client, questions: list[Question]) -> Any:
    turns = itertools.cycle(questions)

    async def app(scope: dict[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            while (message := await receive())["type"] != "lifespan.shutdown":
                await send({"type": message["type"] + ".complete"})
            await send({"type": "lifespan.shutdown.complete"})
            return
        asked = next(turns)
        body = await client.read("GET" if asked.body is None else "POST", asked.path, asked.body)
        headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    return app


async def serve(port: int, url: str, questions: list[Question]) -> None:
    client = Client([url])
    app = make_app(client, questions)
    server = Server(app, address="127.0.0.1", port=port, interface=Interfaces.ASGI, log_enabled=False)
    asyncio.get_running_loop().add_signal_handler(15, server.stop)
    await server.serve()
    await client.close()


if __name__ == "__main__":
    decoded = msgspec.msgpack.decode(Path(sys.argv[3]).read_bytes(), type=list[Question])
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], decoded))
