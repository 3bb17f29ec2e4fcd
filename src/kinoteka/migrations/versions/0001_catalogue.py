"""Catalogue"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# Keys in one order, so that two writers of the same titles wait for each other and never deadlock.
CLAIM_FUNCTION = """
CREATE FUNCTION keep_title_claims() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        INSERT INTO title_claim AS t (title_key, films)
        SELECT title_key, count(*) FROM new_film WHERE deleted_at IS NULL GROUP BY title_key ORDER BY title_key
        ON CONFLICT (title_key) DO UPDATE SET films = t.films + excluded.films;
    ELSIF TG_OP = 'DELETE' THEN
        INSERT INTO title_claim AS t (title_key, films)
        SELECT title_key, count(*) FROM old_film WHERE deleted_at IS NULL GROUP BY title_key ORDER BY title_key
        ON CONFLICT (title_key) DO UPDATE SET films = t.films - excluded.films;
    ELSE
        WITH change AS (
            SELECT title_key, sum(films) AS films FROM (
                SELECT title_key, 1 AS films FROM new_film WHERE deleted_at IS NULL
                UNION ALL SELECT title_key, -1 FROM old_film WHERE deleted_at IS NULL
            ) AS both_sides GROUP BY title_key HAVING sum(films) <> 0
        )
        MERGE INTO title_claim AS t USING (SELECT * FROM change ORDER BY title_key) AS c ON t.title_key = c.title_key
        WHEN MATCHED THEN UPDATE SET films = t.films + c.films
        WHEN NOT MATCHED THEN INSERT (title_key, films) VALUES (c.title_key, c.films);
    END IF;
    RETURN NULL;
END $$
"""
CLAIM_TRIGGER = """
CREATE TRIGGER title_claim_{operation} AFTER {operation} ON film REFERENCING {transition}
FOR EACH STATEMENT EXECUTE FUNCTION keep_title_claims()
"""
TRANSITIONS = {
    "insert": "NEW TABLE AS new_film",
    "delete": "OLD TABLE AS old_film",
    "update": "OLD TABLE AS old_film NEW TABLE AS new_film",
}
WEIGHTS = "INSERT INTO rating_weight (m, c) VALUES (100, 6.5)"


def upgrade() -> None:
    op.create_table(
        "film",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column(
            "title_key",
            sa.Text(),
            nullable=False,
            comment="what makes two titles the same: NFKC, casefold, single spaces",
        ),
        sa.Column("original_title", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("year", sa.SmallInteger(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column(
            "prior_rating",
            sa.Numeric(precision=4, scale=2),
            nullable=True,
            comment="imported or given at creation, 1 to 10",
        ),
        sa.Column("prior_votes", sa.Integer(), server_default="0", nullable=False),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("description ~ '[^\\s]' AND length(description) <= 20000", name=op.f("ck_film_description")),
        sa.CheckConstraint(
            "original_title ~ '[^\\s]' AND original_title !~ '[\\x01-\\x1f\\x7f]' AND length(original_title) <= 500",
            name=op.f("ck_film_original_title"),
        ),
        sa.CheckConstraint(
            "title ~ '[^\\s]' AND title !~ '[\\x01-\\x1f\\x7f]' AND length(title) <= 500", name=op.f("ck_film_title")
        ),
        sa.CheckConstraint("length(title_key) BETWEEN 1 AND 2000", name=op.f("ck_film_title_key")),
        sa.CheckConstraint("minutes BETWEEN 1 AND 100000", name=op.f("ck_film_minutes")),
        sa.CheckConstraint("prior_rating BETWEEN 1 AND 10", name=op.f("ck_film_prior_rating")),
        sa.CheckConstraint(
            "prior_votes >= 0 AND (prior_votes > 0) = (prior_rating IS NOT NULL)", name=op.f("ck_film_prior_votes")
        ),
        sa.CheckConstraint("year BETWEEN 1870 AND 2200", name=op.f("ck_film_year")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_film")),
    )
    op.create_index("ix_film_created_at", "film", ["created_at", "id"], unique=False)
    op.create_index("ix_film_minutes", "film", ["minutes", "id"], unique=False)
    op.create_index("ix_film_prior_rating", "film", ["prior_rating", "id"], unique=False)
    op.create_index("ix_film_prior_votes", "film", ["prior_votes", "id"], unique=False)
    op.create_index("ix_film_title_key", "film", ["title_key", "id"], unique=False)
    op.create_index("ix_film_year", "film", ["year", "id"], unique=False)
    op.create_table(
        "genre",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False, comment="NFKC, casefold, single spaces"),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "name ~ '[^\\s]' AND name !~ '[\\x01-\\x1f\\x7f]' AND length(name) <= 100", name=op.f("ck_genre_name")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_genre")),
    )
    op.create_index(
        "uq_genre_name_key", "genre", ["name_key"], unique=True, postgresql_where=sa.text("deleted_at IS NULL")
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("date_of_birth", sa.Text(), nullable=True, comment="1962 or 1962-03-14"),
        sa.Column("date_of_death", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("date_of_birth ~ '^\\d{4}(-\\d\\d-\\d\\d)?$'", name=op.f("ck_person_date_of_birth")),
        sa.CheckConstraint(
            "date_of_death ~ '^\\d{4}(-\\d\\d-\\d\\d)?$' AND date_of_death >= date_of_birth",
            name=op.f("ck_person_date_of_death"),
        ),
        sa.CheckConstraint(
            "name ~ '[^\\s]' AND name !~ '[\\x01-\\x1f\\x7f]' AND length(name) <= 300", name=op.f("ck_person_name")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
    )
    op.create_index("ix_person_name", "person", ["name", "id"], unique=False)
    op.create_table(
        "rating_weight",
        sa.Column("singleton", sa.Integer(), server_default="1", autoincrement=False, nullable=False),
        sa.Column("m", sa.Numeric(), nullable=False, comment="votes that the mean of the whole catalogue counts for"),
        sa.Column("c", sa.Numeric(), nullable=False, comment="mean rating of the whole catalogue"),
        sa.CheckConstraint("m > 0 AND c BETWEEN 1 AND 10", name=op.f("ck_rating_weight_range")),
        sa.CheckConstraint("singleton = 1", name=op.f("ck_rating_weight_singleton")),
        sa.PrimaryKeyConstraint("singleton", name=op.f("pk_rating_weight")),
    )
    op.create_table(
        "title_claim",
        sa.Column("title_key", sa.Text(), nullable=False),
        sa.Column("films", sa.Integer(), nullable=False, comment="films that are not deleted and have this main title"),
        sa.CheckConstraint("films >= 0", name=op.f("ck_title_claim_films")),
        sa.PrimaryKeyConstraint("title_key", name=op.f("pk_title_claim")),
    )
    op.create_table(
        "alternative_title",
        sa.Column("film_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=True, comment="BCP 47: uk, pt-BR; null where unknown"),
        sa.CheckConstraint("language ~ '^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$'", name=op.f("ck_alternative_title_language")),
        sa.CheckConstraint(
            "title ~ '[^\\s]' AND title !~ '[\\x01-\\x1f\\x7f]' AND length(title) <= 500",
            name=op.f("ck_alternative_title_title"),
        ),
        sa.CheckConstraint("position >= 0", name=op.f("ck_alternative_title_position")),
        sa.ForeignKeyConstraint(
            ["film_id"], ["film.id"], name=op.f("fk_alternative_title_film_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("film_id", "position", name=op.f("pk_alternative_title")),
        sa.UniqueConstraint(
            "film_id",
            "title",
            "language",
            name=op.f("uq_alternative_title_film_id_title_language"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    op.create_table(
        "credit",
        sa.Column("film_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("character", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "character IS NULL OR (role = 'actor' AND character ~ '[^\\s]' AND length(character) <= 1000)",
            name=op.f("ck_credit_character"),
        ),
        sa.CheckConstraint("role IN ('director', 'writer', 'actor')", name=op.f("ck_credit_role")),
        sa.CheckConstraint("position >= 0", name=op.f("ck_credit_position")),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name=op.f("fk_credit_film_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_credit_person_id")),
        sa.PrimaryKeyConstraint("film_id", "role", "position", name=op.f("pk_credit")),
        sa.UniqueConstraint("person_id", "role", "film_id", name=op.f("uq_credit_person_id_role_film_id")),
    )
    op.create_table(
        "film_external_id",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("film_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("source IN ('imdb', 'tmdb')", name=op.f("ck_film_external_id_source")),
        sa.CheckConstraint("value ~ '^[A-Za-z0-9._-]{1,64}$'", name=op.f("ck_film_external_id_value")),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name=op.f("fk_film_external_id_film_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "value", name=op.f("pk_film_external_id")),
        sa.UniqueConstraint("film_id", "source", name=op.f("uq_film_external_id_film_id_source")),
    )
    op.create_table(
        "film_genre",
        sa.Column("film_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.SmallInteger(), nullable=False),
        sa.Column("genre_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("position >= 0", name=op.f("ck_film_genre_position")),
        sa.ForeignKeyConstraint(["film_id"], ["film.id"], name=op.f("fk_film_genre_film_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["genre_id"], ["genre.id"], name=op.f("fk_film_genre_genre_id")),
        sa.PrimaryKeyConstraint("film_id", "position", name=op.f("pk_film_genre")),
        sa.UniqueConstraint("genre_id", "film_id", name=op.f("uq_film_genre_genre_id_film_id")),
    )
    op.create_table(
        "person_external_id",
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.CheckConstraint("source IN ('imdb', 'tmdb')", name=op.f("ck_person_external_id_source")),
        sa.CheckConstraint("value ~ '^[A-Za-z0-9._-]{1,64}$'", name=op.f("ck_person_external_id_value")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_person_external_id_person_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("source", "value", name=op.f("pk_person_external_id")),
        sa.UniqueConstraint("person_id", "source", name=op.f("uq_person_external_id_person_id_source")),
    )
    op.execute(CLAIM_FUNCTION)
    for operation, transition in TRANSITIONS.items():
        op.execute(CLAIM_TRIGGER.format(operation=operation, transition=transition))
    op.execute(WEIGHTS)


def downgrade() -> None:
    op.drop_table("person_external_id")
    op.drop_table("film_genre")
    op.drop_table("film_external_id")
    op.drop_table("credit")
    op.drop_table("alternative_title")
    op.drop_table("title_claim")
    op.drop_table("rating_weight")
    op.drop_index("ix_person_name", table_name="person")
    op.drop_table("person")
    op.drop_index("uq_genre_name_key", table_name="genre", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_table("genre")
    op.drop_index("ix_film_year", table_name="film")
    op.drop_index("ix_film_title_key", table_name="film")
    op.drop_index("ix_film_prior_votes", table_name="film")
    op.drop_index("ix_film_prior_rating", table_name="film")
    op.drop_index("ix_film_minutes", table_name="film")
    op.drop_index("ix_film_created_at", table_name="film")
    op.drop_table("film")
    op.execute("DROP FUNCTION keep_title_claims()")
