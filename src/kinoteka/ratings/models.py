"""What is stored of ratings, constraints included; a test compares it with what the migrations make."""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    SmallInteger,
    Table,
    UniqueConstraint,
    Uuid,
    func,
)

from kinoteka.database import metadata

rating = Table(
    "rating",
    metadata,
    Column("film_id", Uuid, ForeignKey("film.id", ondelete="CASCADE"), nullable=False),
    Column(
        "account_id",
        Uuid,
        ForeignKey("account.id", ondelete="CASCADE"),
        comment="null: the account is gone, and its owner let the rating stay",
    ),
    Column("score", SmallInteger, nullable=False, comment="in half points: 2 is 1.0, 20 is 10.0"),
    Column("rated_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    UniqueConstraint("account_id", "film_id"),
    CheckConstraint("score BETWEEN 2 AND 20", name="score"),
    Index("ix_rating_film_id", "film_id"),
)

rating_total = Table(
    "rating_total",
    metadata,
    Column("film_id", Uuid, primary_key=True),
    Column(
        "shard",
        SmallInteger,
        primary_key=True,
        autoincrement=False,
        comment="of the connection that counted: those of one film rarely meet",
    ),
    Column("votes", Integer, nullable=False),
    Column("points", BigInteger, nullable=False, comment="sum of the scores, in half points"),
    Column(
        "scores",
        ARRAY(Integer),
        nullable=False,
        comment="how often each score from 2 to 20; below 0 where others have more",
    ),
    CheckConstraint("cardinality(scores) = 19", name="scores"),
)
