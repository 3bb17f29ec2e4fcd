"""What is stored of the catalogue, constraints included; a test compares it with what the migrations make."""

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    desc,
    false,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from kinoteka.database import metadata

NOT_BLANK = r"{0} ~ '[^\s]' AND {0} !~ '[\x01-\x1f\x7f]'"


def _record() -> list[SchemaItem]:
    """The columns that every editable thing has; `version` is its row version, raised by each change."""
    return [
        Column("version", Integer, nullable=False, server_default="1"),
        Column("created_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("updated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
        Column("deleted_at", DateTime(timezone=True)),
    ]


film = Table(
    "film",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("title", Text, nullable=False),
    Column("title_key", Text, nullable=False, comment="what makes two titles the same: NFKC, casefold, single spaces"),
    Column("original_title", Text),
    Column("description", Text),
    Column("year", SmallInteger, nullable=False),
    Column("minutes", Integer),
    Column("prior_rating", Numeric(4, 2), comment="imported or given at creation, 1 to 10"),
    Column("prior_votes", Integer, nullable=False, server_default="0"),
    *_record(),
    CheckConstraint(NOT_BLANK.format("title") + " AND length(title) <= 500", name="title"),
    CheckConstraint("length(title_key) BETWEEN 1 AND 2000", name="title_key"),
    CheckConstraint(NOT_BLANK.format("original_title") + " AND length(original_title) <= 500", name="original_title"),
    CheckConstraint("description ~ '[^\\s]' AND length(description) <= 20000", name="description"),
    CheckConstraint("year BETWEEN 1870 AND 2200", name="year"),
    CheckConstraint("minutes BETWEEN 1 AND 100000", name="minutes"),
    CheckConstraint("prior_rating BETWEEN 1 AND 10", name="prior_rating"),
    CheckConstraint("prior_votes >= 0 AND (prior_votes > 0) = (prior_rating IS NOT NULL)", name="prior_votes"),
    Index("ix_film_title_key", "title_key", "id"),
    Index("ix_film_year", "year", "id"),
    Index("ix_film_minutes", "minutes", "id"),
    Index("ix_film_prior_rating", "prior_rating", "id"),
    Index("ix_film_prior_votes", "prior_votes", "id"),
    Index("ix_film_created_at", "created_at", "id"),
    Index("ix_film_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
)

person = Table(
    "person",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("name", Text, nullable=False),
    Column("date_of_birth", Text, comment="1962 or 1962-03-14"),
    Column("date_of_death", Text),
    Column("photo", Text, comment="names the objects photos/<photo>/<size>.webp"),
    *_record(),
    CheckConstraint(NOT_BLANK.format("name") + " AND length(name) <= 300", name="name"),
    CheckConstraint(r"date_of_birth ~ '^\d{4}(-\d\d-\d\d)?$'", name="date_of_birth"),
    CheckConstraint(r"date_of_death ~ '^\d{4}(-\d\d-\d\d)?$' AND date_of_death >= date_of_birth", name="date_of_death"),
    CheckConstraint("photo ~ '^[0-9a-f]{40}$'", name="photo"),
    Index("ix_person_name", "name", "id"),
    Index("ix_person_deleted_at", "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
    Index("ix_person_photo", "photo", postgresql_where=text("photo IS NOT NULL")),
)

genre = Table(
    "genre",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, comment="NFKC, casefold, single spaces"),
    *_record(),
    CheckConstraint(NOT_BLANK.format("name") + " AND length(name) <= 100", name="name"),
    Index("uq_genre_name_key", "name_key", unique=True, postgresql_where=text("deleted_at IS NULL")),
)

film_genre = Table(
    "film_genre",
    metadata,
    Column("film_id", Uuid, ForeignKey("film.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("genre_id", Uuid, ForeignKey("genre.id"), nullable=False),
    UniqueConstraint("genre_id", "film_id"),
    CheckConstraint("position >= 0", name="position"),
)

credit = Table(
    "credit",
    metadata,
    Column("film_id", Uuid, ForeignKey("film.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("person_id", Uuid, ForeignKey("person.id"), nullable=False),
    Column("character", Text),
    UniqueConstraint("person_id", "role", "film_id"),
    CheckConstraint("role IN ('director', 'writer', 'actor')", name="role"),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint(
        "character IS NULL OR (role = 'actor' AND character ~ '[^\\s]' AND length(character) <= 1000)", name="character"
    ),
)

alternative_title = Table(
    "alternative_title",
    metadata,
    Column("film_id", Uuid, ForeignKey("film.id", ondelete="CASCADE"), primary_key=True),
    Column("position", SmallInteger, primary_key=True),
    Column("title", Text, nullable=False),
    Column("language", Text, comment="BCP 47: uk, pt-BR; null where unknown"),
    UniqueConstraint("film_id", "title", "language", postgresql_nulls_not_distinct=True),
    CheckConstraint("position >= 0", name="position"),
    CheckConstraint(NOT_BLANK.format("title") + " AND length(title) <= 500", name="title"),
    CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name="language"),
)


def _external_id(owner: str, *more: SchemaItem) -> Table:
    return Table(
        f"{owner}_external_id",
        metadata,
        Column("source", Text, primary_key=True),
        Column("value", Text, primary_key=True),
        Column(f"{owner}_id", Uuid, nullable=False),
        ForeignKeyConstraint([f"{owner}_id"], [f"{owner}.id"], ondelete="CASCADE"),
        CheckConstraint("source IN ('imdb', 'tmdb')", name="source"),
        CheckConstraint("value ~ '^[A-Za-z0-9._-]{1,64}$'", name="value"),
        *more,
    )


film_external_id = _external_id("film", UniqueConstraint("film_id", "source"))
person_external_id = _external_id(
    "person",
    Column(
        "merged",
        Boolean,
        nullable=False,
        server_default=false(),
        comment="came with a merge: names the person, describes it no more",
    ),
    Index(
        "uq_person_external_id_person_id_source",
        "person_id",
        "source",
        unique=True,
        postgresql_where=text("NOT merged"),
    ),
)

person_redirect = Table(
    "person_redirect",
    metadata,
    Column("old_id", Uuid, primary_key=True),
    Column("new_id", Uuid, ForeignKey("person.id", ondelete="CASCADE"), nullable=False),
    Index("ix_person_redirect_new_id", "new_id"),
)

catalogue_change = Table(
    "catalogue_change",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("at", DateTime(timezone=True), nullable=False, server_default=func.clock_timestamp()),
    Column("kind", Text, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("version", Integer, nullable=False, comment="row version that it left"),
    Column("action", Text, nullable=False),
    Column("actor_id", Uuid, comment="account; null: time did it"),
    Column("request_id", Text, nullable=False),
    Column("changes", JSONB, nullable=False, comment="by field: from, to"),
    CheckConstraint("kind IN ('film', 'person', 'genre')", name="kind"),
    CheckConstraint("action IN ('create', 'change', 'delete', 'restore', 'merge', 'purge')", name="action"),
    Index("ix_catalogue_change_record_id", "record_id", desc("at"), "id"),
)

title_claim = Table(
    "title_claim",
    metadata,
    Column("title_key", Text, primary_key=True),
    Column("films", Integer, nullable=False, comment="films that are not deleted and have this main title"),
    CheckConstraint("films >= 0", name="films"),
)

rating_weight = Table(
    "rating_weight",
    metadata,
    Column("singleton", Integer, primary_key=True, server_default="1", autoincrement=False),
    Column("m", Numeric, nullable=False, comment="votes that the mean of the whole catalogue counts for"),
    Column("c", Numeric, nullable=False, comment="mean rating of the whole catalogue"),
    CheckConstraint("singleton = 1", name="singleton"),
    CheckConstraint("m > 0 AND c BETWEEN 1 AND 10", name="range"),
)
