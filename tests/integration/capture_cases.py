"""A small catalogue, every kind of change of it, and the outbox events that each must write."""

from uuid import UUID

from sqlalchemy import text

from kinoteka.database import Database

ALIEN, BRAZIL = UUID(int=0xA), UUID(int=0xB)
SCOTT, WEAVER, NOBODY = UUID(int=1), UUID(int=2), UUID(int=3)
HORROR, COMEDY, UNUSED = UUID(int=0x11), UUID(int=0x12), UUID(int=0x13)

CATALOGUE = f"""
INSERT INTO film (id, title, title_key, year) VALUES ('{ALIEN}', 'Alien', 'alien', 1979),
    ('{BRAZIL}', 'Brazil', 'brazil', 1985);
INSERT INTO person (id, name) VALUES ('{SCOTT}', 'Ridley Scott'), ('{WEAVER}', 'Sigourney Weaver'),
    ('{NOBODY}', 'Nobody');
INSERT INTO genre (id, name, name_key) VALUES ('{HORROR}', 'Horror', 'horror'), ('{COMEDY}', 'Comedy', 'comedy'),
    ('{UNUSED}', 'Unused', 'unused');
INSERT INTO film_genre (film_id, position, genre_id) VALUES ('{ALIEN}', 0, '{HORROR}'), ('{ALIEN}', 1, '{COMEDY}'),
    ('{BRAZIL}', 0, '{COMEDY}');
INSERT INTO credit (film_id, role, position, person_id, character) VALUES ('{ALIEN}', 'director', 0, '{SCOTT}', NULL),
    ('{ALIEN}', 'actor', 0, '{WEAVER}', 'Ripley'), ('{BRAZIL}', 'writer', 0, '{WEAVER}', NULL);
INSERT INTO alternative_title (film_id, position, title, language) VALUES ('{ALIEN}', 0, 'Чужий', 'uk');
INSERT INTO film_external_id (source, value, film_id) VALUES ('imdb', 'tt0078748', '{ALIEN}');
INSERT INTO rating (film_id, score) VALUES ('{ALIEN}', 17), ('{ALIEN}', 9), ('{BRAZIL}', 20);
"""

F, P, G = "film", "person", "genre"
Event = tuple[str, UUID, int]

CHANGES: list[tuple[str, set[Event]]] = [
    (
        f"INSERT INTO film (id, title, title_key, year) VALUES ('{UUID(int=0xC)}', 'Clue', 'clue', 1985)",
        {(F, UUID(int=0xC), 0)},
    ),
    (f"INSERT INTO person (id, name) VALUES ('{UUID(int=9)}', 'New')", {(P, UUID(int=9), 0)}),
    (f"INSERT INTO genre (id, name, name_key) VALUES ('{UUID(int=9)}', 'New', 'new')", {(G, UUID(int=9), 0)}),
    # A film's own fields; title, year and being there at all show elsewhere too.
    (f"UPDATE film SET description = 'In space' WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET original_title = 'Alien' WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET minutes = 117 WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET prior_rating = 8.5, prior_votes = 10 WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET version = version + 1 WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET updated_at = updated_at + interval '1 s' WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET created_at = created_at - interval '1 s' WHERE id = '{ALIEN}'", {(F, ALIEN, 0)}),
    (f"UPDATE film SET title = 'Aliens' WHERE id = '{ALIEN}'", {(F, ALIEN, 1)}),
    (f"UPDATE film SET year = 1980 WHERE id = '{ALIEN}'", {(F, ALIEN, 1)}),
    (f"UPDATE film SET deleted_at = now() WHERE id = '{ALIEN}'", {(F, ALIEN, 2)}),
    ("UPDATE film SET minutes = coalesce(minutes, 0) + 1", {(F, ALIEN, 0), (F, BRAZIL, 0)}),
    (
        f"UPDATE film SET year = CASE id WHEN '{ALIEN}' THEN 1980 ELSE year END, minutes = 5",
        {(F, ALIEN, 1), (F, BRAZIL, 0)},
    ),
    (f"UPDATE film SET title_key = 'other' WHERE id = '{ALIEN}'", set()),
    ("UPDATE film SET title = title, year = year, description = description", set()),
    (f"UPDATE film SET year = 1990 WHERE id = '{UUID(int=0xFF)}'", set()),
    (
        f"DELETE FROM film WHERE id = '{ALIEN}'",
        {(F, ALIEN, 0), (P, SCOTT, 0), (P, WEAVER, 0), (G, HORROR, 0), (G, COMEDY, 0)},
    ),
    # Persons and genres.
    (f"UPDATE person SET name = 'R. Scott' WHERE id = '{SCOTT}'", {(P, SCOTT, 1)}),
    (f"UPDATE person SET deleted_at = now() WHERE id = '{SCOTT}'", {(P, SCOTT, 1)}),
    (f"UPDATE person SET date_of_birth = '1937' WHERE id = '{SCOTT}'", {(P, SCOTT, 0)}),
    (f"UPDATE person SET date_of_death = '2099' WHERE id = '{SCOTT}'", {(P, SCOTT, 0)}),
    (f"UPDATE person SET photo = '{'0' * 40}' WHERE id = '{SCOTT}'", {(P, SCOTT, 0)}),
    (f"UPDATE person SET version = 7 WHERE id = '{SCOTT}'", {(P, SCOTT, 0)}),
    (f"UPDATE person SET updated_at = now() + interval '1 s' WHERE id = '{SCOTT}'", set()),
    (f"DELETE FROM person WHERE id = '{NOBODY}'", {(P, NOBODY, 0)}),
    (f"UPDATE genre SET name = 'Terror' WHERE id = '{HORROR}'", {(G, HORROR, 1)}),
    (f"UPDATE genre SET deleted_at = now() WHERE id = '{HORROR}'", {(G, HORROR, 1)}),
    (f"UPDATE genre SET version = 7 WHERE id = '{HORROR}'", {(G, HORROR, 0)}),
    (f"UPDATE genre SET name_key = 'terror' WHERE id = '{HORROR}'", set()),
    (f"DELETE FROM genre WHERE id = '{UNUSED}'", {(G, UNUSED, 0)}),
    # Links: both ends, and where they led before.
    (f"INSERT INTO film_genre VALUES ('{BRAZIL}', 1, '{HORROR}')", {(F, BRAZIL, 0), (G, HORROR, 0)}),
    (
        f"UPDATE film_genre SET genre_id = '{HORROR}' WHERE film_id = '{BRAZIL}'",
        {(F, BRAZIL, 0), (G, COMEDY, 0), (G, HORROR, 0)},
    ),
    (
        f"UPDATE film_genre SET position = 7 WHERE film_id = '{ALIEN}' AND position = 0",
        {(F, ALIEN, 0), (G, HORROR, 0)},
    ),
    ("UPDATE film_genre SET position = position", set()),
    (f"DELETE FROM film_genre WHERE film_id = '{BRAZIL}'", {(F, BRAZIL, 0), (G, COMEDY, 0)}),
    (f"INSERT INTO credit VALUES ('{BRAZIL}', 'actor', 0, '{SCOTT}')", {(F, BRAZIL, 0), (P, SCOTT, 0)}),
    (
        f"UPDATE credit SET person_id = '{NOBODY}' WHERE person_id = '{SCOTT}'",
        {(F, ALIEN, 0), (P, SCOTT, 0), (P, NOBODY, 0)},
    ),
    (
        f"UPDATE credit SET film_id = '{BRAZIL}' WHERE role = 'director'",
        {(F, ALIEN, 0), (F, BRAZIL, 0), (P, SCOTT, 0)},
    ),
    ("UPDATE credit SET character = 'Ellen' WHERE role = 'actor'", {(F, ALIEN, 0), (P, WEAVER, 0)}),
    ("UPDATE credit SET character = character", set()),
    (f"DELETE FROM credit WHERE film_id = '{ALIEN}'", {(F, ALIEN, 0), (P, SCOTT, 0), (P, WEAVER, 0)}),
    (f"INSERT INTO alternative_title VALUES ('{BRAZIL}', 0, 'Бразилия', 'ru')", {(F, BRAZIL, 0)}),
    ("UPDATE alternative_title SET title = 'Чужий!'", {(F, ALIEN, 0)}),
    ("UPDATE alternative_title SET language = NULL", {(F, ALIEN, 0)}),
    (f"UPDATE alternative_title SET film_id = '{BRAZIL}'", {(F, ALIEN, 0), (F, BRAZIL, 0)}),
    ("UPDATE alternative_title SET title = title", set()),
    ("DELETE FROM alternative_title", {(F, ALIEN, 0)}),
    (f"INSERT INTO film_external_id VALUES ('tmdb', '68', '{BRAZIL}')", {(F, BRAZIL, 0)}),
    ("UPDATE film_external_id SET value = 'tt1'", {(F, ALIEN, 0)}),
    ("DELETE FROM film_external_id", {(F, ALIEN, 0)}),
    # A film's rating; not who gave a score, nor when.
    (f"INSERT INTO rating (film_id, score) VALUES ('{BRAZIL}', 2), ('{BRAZIL}', 20)", {(F, BRAZIL, 0)}),
    ("UPDATE rating SET score = 18 WHERE score = 17", {(F, ALIEN, 0)}),
    (f"UPDATE rating SET film_id = '{BRAZIL}' WHERE score = 9", {(F, ALIEN, 0), (F, BRAZIL, 0)}),
    (f"UPDATE rating SET score = 26 - score WHERE film_id = '{ALIEN}'", set()),
    ("UPDATE rating SET rated_at = now() - interval '1 day', account_id = NULL", set()),
    ("DELETE FROM rating WHERE score = 20", {(F, BRAZIL, 0)}),
    # Nothing of these shows in any document.
    (f"INSERT INTO person_external_id VALUES ('imdb', 'nm1', '{SCOTT}')", set()),
    ("UPDATE title_claim SET films = films", set()),
]


async def load_catalogue(database: Database) -> None:
    async with database.transaction() as connection:
        for statement in CATALOGUE.split(";\n"):
            await connection.execute(text(statement))
        await connection.execute(text("DELETE FROM search_outbox"))
