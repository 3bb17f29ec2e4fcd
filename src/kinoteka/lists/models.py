"""What is stored of favourites and wishlists, constraints included."""

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, func

from kinoteka.database import metadata

list_entry = Table(
    "list_entry",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("list", Text, primary_key=True),
    Column("film_id", Uuid, ForeignKey("film.id", ondelete="CASCADE"), primary_key=True),
    Column("added_at", DateTime(timezone=True), nullable=False, server_default=func.now()),
    CheckConstraint("list IN ('favourites', 'wishlist')", name="list"),
    Index("ix_list_entry_film_id", "film_id"),
)
