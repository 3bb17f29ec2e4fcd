"""The least ASGI application that asks Elasticsearch through its client: one question of a file after the other.

The client is elasticsearch-py's own, told to leave the bytes of answers alone.
"""

import itertools
import sys
from pathlib import Path
from typing import Any

import msgspec
import uvloop
from elastic_transport import AiohttpHttpNode, JsonSerializer
from elasticsearch import AsyncElasticsearch

from benchmarks import least

_JSON = "application/json"
_KINDS = (_JSON, "application/vnd.elasticsearch+json")


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


class _Bytes(JsonSerializer):
    def loads(self, data: bytes) -> bytes:
        return data


class _Node(AiohttpHttpNode):
    def _log_request(self, *_: Any, **__: Any) -> None:
        """Would decode every answer, whoever listens."""


async def serve(port: int, url: str, questions: list[Question]) -> None:
    serializers = {kind: _Bytes() for kind in _KINDS}
    client = AsyncElasticsearch([url], node_class=_Node, serializers=serializers, connections_per_node=64)
    turns = itertools.cycle(questions)

    async def ask() -> bytes:
        asked = next(turns)
        headers = {"accept": _JSON} if asked.body is None else {"accept": _JSON, "content-type": _JSON}
        method = "GET" if asked.body is None else "POST"
        answer = await client.perform_request(method, asked.path, headers=headers, body=asked.body)
        return bytes(answer.body)

    await least.serve(least.make_app(ask), port)
    await client.close()


if __name__ == "__main__":
    decoded = msgspec.msgpack.decode(Path(sys.argv[3]).read_bytes(), type=list[Question])
    uvloop.run(serve(int(sys.argv[1]), sys.argv[2], decoded))
