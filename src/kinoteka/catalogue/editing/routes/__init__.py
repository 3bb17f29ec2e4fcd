"""Addresses of those who edit the catalogue."""

from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.editing.routes.changes import change_routes
from kinoteka.catalogue.editing.routes.films import film_routes
from kinoteka.catalogue.editing.routes.genres import genre_routes
from kinoteka.catalogue.editing.routes.persons import person_routes
from kinoteka.web.route import Route


def editing_routes(editor: Editor) -> list[Route]:
    return [*film_routes(editor), *person_routes(editor), *genre_routes(editor), *change_routes(editor)]
