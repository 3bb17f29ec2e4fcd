"""The least ASGI application that asks Elasticsearch through its client: one question of a file after the other."""

import itertools
import sys
from pathlib import Path

import msgspec
import uvloop

from benchmarks import least
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


async def serve(port: int, url: str, questions: list[Question]) -> None:
    client, turns = Client([url]), itertools.cycle(questions)

    async def ask() -> bytes:
        asked = next(turns)
        return await client.read("GET" if asked.body is None else "POST", asked.path, asked.body)

    await least.serve(least.make_app(ask), port)
    await client.close()


if __name__ == "__main__":
    decoded = msgspec.msgpack.decode(Path(sys.argv[3]).read_bytes(), type=list[Question])
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], decoded))
