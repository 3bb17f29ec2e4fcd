"""The public keys that access tokens are verified with."""

from typing import Any

from msgspec.json import encode

from kinoteka.accounts import examples, schemas
from kinoteka.accounts.context import Accounts
from kinoteka.web.answer import Answer
from kinoteka.web.decode import Call
from kinoteka.web.guard import Access
from kinoteka.web.route import Route, Shape

_FIVE_MINUTES = b"public, max-age=300"


def key_routes(accounts: Accounts) -> list[Route]:
    async def handle(_: Call[Any]) -> Answer:
        return Answer(encode({"keys": await accounts.published_keys()}), cache_control=_FIVE_MINUTES)

    return [
        Route(
            method="GET",
            path="/.well-known/jwks.json",
            access=Access.PUBLIC,
            operation_id="getKeys",
            summary="The keys that access tokens are signed with, as a JWK set (RFC 7517)",
            description="A new key is in it ten minutes before the first token is signed with it.",
            tag="Accounts",
            handler=handle,
            answers={
                200: Shape(
                    "The keys",
                    schemas.KeySet,
                    example=examples.KEYS,
                    headers={"Cache-Control": "public, max-age=300", "ETag": "Strong"},
                )
            },
            problems=(503,),
        )
    ]
