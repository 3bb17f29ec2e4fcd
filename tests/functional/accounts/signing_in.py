"""Signing in over HTTP."""

from typing import Any

import httpx
from applications import Own
from people import PASSWORD, Person

REGISTER, LOGIN, REFRESH = "/auth/register", "/auth/login", "/auth/refresh"


async def login(
    site: Own,
    phone: str,
    password: str = PASSWORD,
    *,
    device: str | None = None,
    address: str = "198.51.100.1",
    status: int | None = 200,
) -> httpx.Response:
    body: dict[str, Any] = {"phone": phone, "password": password}
    if device is not None:
        body["device_token"] = device
    return await site.api.send("POST", LOGIN, status, json=body, headers={"X-Forwarded-For": address})


async def register(site: Own, phone: str, password: str = PASSWORD, status: int = 201, **more: Any) -> httpx.Response:
    return await site.api.send("POST", REGISTER, status, json={"phone": phone, "password": password, **more})


async def refresh(site: Own, token: str, status: int | None = 200) -> httpx.Response:
    return await site.api.send("POST", REFRESH, status, json={"refresh_token": token})


async def me(site: Own, person: Person | str, status: int = 200) -> httpx.Response:
    token = person if isinstance(person, str) else person.access_token
    return await site.api.get("/me", status, headers={"Authorization": f"Bearer {token}"})


def faults(response: httpx.Response) -> dict[str, str]:
    """Pointer or parameter to code."""
    return {fault.get("pointer") or fault["parameter"]: fault["code"] for fault in response.json()["errors"]}
