"""How often one client may ask, as an answer tells it: RateLimit and RateLimit-Policy (IETF draft -11)."""

from ipaddress import ip_network
from math import ceil

from kinoteka.cache.rate_limits import Quota


def quota_headers(quota: Quota) -> dict[str, str]:
    limit = quota.limit
    return {
        "RateLimit-Policy": f'"{limit.name}";q={limit.quota};w={limit.window}',
        "RateLimit": f'"{limit.name}";r={max(quota.remaining, 0)};t={ceil(quota.reset)}',
    }


def client_key(address: str) -> str:
    """An IPv6 subscriber has a whole /64, and one address of it is as good as another."""
    try:
        return str(ip_network(f"{address}/64", strict=False)) if ":" in address else address
    except ValueError:  # a socket's name
        return address
