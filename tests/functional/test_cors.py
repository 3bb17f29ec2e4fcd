"""Pages of other origins: let in as the settings say, and not otherwise."""

from dataclasses import replace

from applications import Own, application

SITE = "https://films.example"


async def asked(
    own: Own, origins: str, method: str = "GET", path: str = "/api/v1/genres", **headers: str
) -> dict[str, str]:
    settings = own.services.settings.model_copy(update={"cors_origins": origins})
    async with application(replace(own.services, settings=settings)) as app:
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = await app.api.client.request(method, path, headers=names)
        assert response.status_code in (200, 204, 405)
        return dict(response.headers)


async def test_nobody_is_let_in_unless_the_settings_say_so(own: Own) -> None:
    assert not any(name.startswith("access-control") for name in await asked(own, "", origin=SITE))


async def test_an_origin_that_is_named(own: Own) -> None:
    headers = await asked(own, f"https://other.example, {SITE}", origin=SITE)
    assert headers["access-control-allow-origin"] == SITE
    assert "ETag" in headers["access-control-expose-headers"]
    assert "origin" in headers["vary"]


async def test_an_origin_that_is_not_named(own: Own) -> None:
    headers = await asked(own, "https://other.example", origin=SITE)
    assert "access-control-allow-origin" not in headers


async def test_all_origins(own: Own) -> None:
    assert (await asked(own, "*", origin=SITE))["access-control-allow-origin"] == "*"
    assert "access-control-allow-origin" not in await asked(own, "*")


async def test_a_preflight_is_answered_before_routing(own: Own) -> None:
    headers = await asked(own, SITE, "OPTIONS", "/nowhere", origin=SITE, access_control_request_method="GET")
    assert "GET" in headers["access-control-allow-methods"]
    assert "if-none-match" in headers["access-control-allow-headers"]
