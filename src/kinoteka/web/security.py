"""Headers that every answer carries."""

NOTHING_LOADS = b"default-src 'none'; frame-ancestors 'none'"
"""Content-Security-Policy of answers that are no page."""
OWN_FILES = (
    b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    b"connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Of pages: they load what this server serves, and nothing inline."""


def security_headers(policy: bytes = NOTHING_LOADS) -> tuple[tuple[bytes, bytes], ...]:
    return (
        (b"x-content-type-options", b"nosniff"),
        (b"referrer-policy", b"no-referrer"),
        (b"content-security-policy", policy),
    )
