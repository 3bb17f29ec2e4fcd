"""The HTTP application: every route, behind the cache and the access record."""


from litestar.types import ASGIApp

from kinoteka.bootstrap import Services
from kinoteka.catalogue.routes import catalogue_routes
from kinoteka.catalogue.service import Reader
from kinoteka.search.routes import search_routes
from kinoteka.search.service import Finder
from kinoteka.web.exchange import Exchange
from kinoteka.web.front import Front
from kinoteka.web.mount import make_litestar
from kinoteka.web.response_cache import ResponseCache
from kinoteka.web.route import Route


def api_routes(services: Services) -> list[Route]:
    reader = Reader(services.database, services.engine, services.tokens)
    return [*search_routes(Finder(services.engine, reader)), *catalogue_routes(reader)]


def create_app(services: Services) -> ASGIApp:
    cache = ResponseCache(services.tokens, services.settings.cache_bytes)
    return Front(make_litestar(api_routes(services), cache), cache, _forget)


def _forget(_: Exchange) -> None:
    pass
