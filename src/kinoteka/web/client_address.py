"""Whose request it is, seen through proxies: only what a trusted one says is believed."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network
_MOST_HOPS = 20


def read_networks(text: str) -> tuple[Network, ...]:
    """Comma-separated addresses and networks. Raises ValueError."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


@lru_cache(4096)
def client_address(peer: str, forwarded_for: bytes, trusted: tuple[Network, ...]) -> str:
    """The last address of the chain that no trusted proxy vouches for a predecessor of.

    `forwarded_for`: X-Forwarded-For, whose entries each proxy appends to. A client may write there what it likes, so
    the chain is followed from its end and only as long as the proxies are ours.
    """
    address = _read(peer)
    if address is None:
        return peer
    for hop in reversed(forwarded_for.split(b",")[-_MOST_HOPS:]):
        earlier = _read(hop.decode("latin-1").strip()) if _is_trusted(address, trusted) else None
        if earlier is None:
            break
        address = earlier
    return str(address)


def _is_trusted(address: IPv4Address | IPv6Address, trusted: Sequence[Network]) -> bool:
    return any(address in network for network in trusted)


def _read(text: str) -> IPv4Address | IPv6Address | None:
    """Also with a port, as some proxies write it; an IPv4 address in IPv6's clothes is itself."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address
