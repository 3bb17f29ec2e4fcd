"""The HTTP application: every route, behind the cache and the access record."""

from functools import partial

from litestar.types import ASGIApp
from msgspec.json import encode

from kinoteka import __version__
from kinoteka.accounts.deeds import StoredDeeds
from kinoteka.accounts.gate import AccountGate
from kinoteka.accounts.routes import account_routes
from kinoteka.bootstrap import Services
from kinoteka.cache.rate_limits import Limit
from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.editing.routes import editing_routes
from kinoteka.catalogue.photos.reencoder import Reencoder
from kinoteka.catalogue.photos.routes import photo_routes
from kinoteka.catalogue.photos.service import Photos
from kinoteka.catalogue.routes import catalogue_routes
from kinoteka.catalogue.service import Reader
from kinoteka.lists.routes import list_routes
from kinoteka.me.export_routes import own_export_routes
from kinoteka.me.films import film_state_route
from kinoteka.me.imports.routes import import_routes
from kinoteka.me.routes import joined_routes
from kinoteka.ops.backup.last import LastBackup
from kinoteka.ops.health import get_gauges, get_readiness
from kinoteka.ops.standing import Watch
from kinoteka.ratings.routes import rating_routes
from kinoteka.search.routes import search_routes
from kinoteka.search.service import Finder
from kinoteka.web import health
from kinoteka.web.access import open_access_log
from kinoteka.web.cache_metrics import CacheMetrics
from kinoteka.web.client_address import read_networks
from kinoteka.web.cors import Cors
from kinoteka.web.docs import docs_routes
from kinoteka.web.entrance import Entrance
from kinoteka.web.exchange import Exchange
from kinoteka.web.front import Finished, Front
from kinoteka.web.mount import make_litestar
from kinoteka.web.openapi import build_document
from kinoteka.web.process import Process
from kinoteka.web.response_cache import ResponseCache
from kinoteka.web.route import Route
from kinoteka.web.shared_level import SharedLevel

INFO = {
    "title": "Kinoteka",
    "version": __version__,
    "summary": "A film catalogue with search that forgives.",
    "description": (
        "Reading is public unless the site says otherwise; for the rest, sign in and send `Authorization: Bearer` with "
        "the access token. Errors are `application/problem+json` and name every fault at once. Unknown parameters are "
        "refused: a typo never returns everything. HEAD and OPTIONS work wherever GET does. The demo catalogue's "
        "ratings and votes are made up."
    ),
    "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
}
TAGS = {
    "Films": "The catalogue.",
    "Persons": "Directors, writers and actors, with whole filmographies.",
    "Genres": "Genres, with counts.",
    "Search": "One query over films, persons and genres; suggestions as you type.",
    "Accounts": "Signing up, in and out.",
    "Me": "The own account.",
    "Lists": "One's own ratings, favourites and wishlist.",
    "Administration": "Users, roles, permissions, and who changed them.",
    "Operations": "For whoever runs it.",
}


def create_app(services: Services, process: Process | None = None) -> ASGIApp:
    process = process or Process()
    log = open_access_log(services.settings)
    routes = api_routes(services, process)
    entrance = open_entrance(services)
    document = build_document(routes, INFO, TAGS, entrance.private_catalogue)
    cache = ResponseCache(services.tokens, services.settings.cache_bytes, _shared_level(services, document))
    process.metrics.registry.register(CacheMetrics(cache, services.tokens, services.answers))
    litestar = make_litestar([*routes, *docs_routes(document)], cache, entrance)
    if log:
        litestar.on_shutdown.append(log.flush)
    tracing = services.tracing
    finished = _finished(process.metrics.count, log, tracing.finish if tracing else None)
    limits = {route.path: route.limit for route in routes if route.limit is not None and route.depends is not None}
    front: ASGIApp = Front(litestar, cache, finished, entrance, limits)
    if tracing:
        front = tracing.wrap(front)
    origins = services.settings.allowed_origins
    return Cors(front, origins) if origins else front


def _shared_level(services: Services, document: object) -> SharedLevel | None:
    """Releases differ in their document, their index, or both: each reads its own answers alone."""
    if services.answers is None:
        return None
    return SharedLevel(services.answers, services.tokens, encode(document) + services.engine.layout.encode())


def open_entrance(services: Services) -> Entrance:
    settings = services.settings
    proxies = read_networks(settings.trusted_proxies)
    return Entrance(
        AccountGate(services.accounts),
        services.limiter,
        StoredDeeds(services.accounts.database),
        not settings.public_catalogue,
        proxies,
    )


def api_routes(services: Services, process: Process) -> list[Route]:
    reader = Reader(services.database, services.engine, services.tokens)
    finder = Finder(services.engine, reader)
    editor = Editor(services.writes, services.tokens)
    watch, settings = Watch(services), services.settings
    readiness = partial(get_readiness, watch, settings, process.stop)
    gauges = partial(get_gauges, watch, settings, LastBackup(services.objects))
    searches = Limit("search", settings.searches_per_minute, 60)
    exports = Limit("export", settings.exports_per_hour, 3600)
    photos = Photos(reader, editor, Reencoder(settings), services.photo_place)
    return [
        *search_routes(finder, searches),
        *catalogue_routes(reader, exports),
        *editing_routes(editor),
        *rating_routes(finder, editor),
        *list_routes(finder, services.writes),
        film_state_route(services.database),
        *import_routes(services.accounts, editor, settings.import_bytes),
        *own_export_routes(services.database, exports),
        *photo_routes(photos, settings.photo_bytes),
        *account_routes(services.accounts),
        *joined_routes(services.accounts),
        *health.make_routes(readiness, gauges, process),
    ]


def _finished(*watchers: Finished | None) -> Finished:
    present = [watcher for watcher in watchers if watcher]

    def finished(exchange: Exchange) -> None:
        for watcher in present:
            watcher(exchange)

    return finished
