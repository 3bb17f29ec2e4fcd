"""Addresses of those who edit the catalogue."""

from kinoteka.catalogue.editing.editor import Editor
from kinoteka.catalogue.editing.routes.films import film_routes
from kinoteka.web.route import Route


def editing_routes(editor: Editor) -> list[Route]:
    return film_routes(editor)
