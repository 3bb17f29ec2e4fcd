"""Going through the pages of a list."""

import re
from typing import Any

import httpx
from checked_api import Api


def links(response: httpx.Response) -> dict[str, str]:
    found = re.findall(r'<([^>]+)>; rel="(\w+)"', response.headers.get("link", ""))
    return {rel: target for target, rel in found}


async def walk_links(api: Api, path: str) -> list[dict[str, Any]]:
    """Every item, from page to page by the link «next»."""
    items: list[dict[str, Any]] = []
    target: str | None = path
    while target:
        response = await api.get(target)
        items += response.json()["items"]
        target = links(response).get("next")
    return items


async def walk_cursors(api: Api, path: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    page = (await api.get(path)).json()
    items += page["items"]
    while page["cursor"]:
        page = (await api.get(f"{path}{'&' if '?' in path else '?'}cursor={page['cursor']}")).json()
        assert page["page"] is None
        items += page["items"]
    return items


def ids(items: list[dict[str, Any]]) -> list[str]:
    return [item["id"] for item in items]
