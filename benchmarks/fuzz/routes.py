"""Every route of an embedded server, asked by schemathesis: requests of all kinds, and chains of them."""

ROUTES = "routes"
_UNLIMITED = {
    "KINOTEKA_DEMO": "true",
    "KINOTEKA_REGISTRATIONS_PER_HOUR": "0",
    "KINOTEKA_EXPORTS_PER_HOUR": "0",
    "KINOTEKA_ACCESS_TOKEN_SECONDS": "3600",
}
