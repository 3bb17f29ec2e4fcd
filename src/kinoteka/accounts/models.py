"""What is stored of accounts, constraints included; a test compares it with what the migrations make."""

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    desc,
    func,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB

from kinoteka.database import metadata

_NOT_BLANK = r"{0} ~ '[^\s]' AND {0} !~ '[\x01-\x1f\x7f]'"


def _moment(name: str, *, now: bool = False) -> Column[object]:
    return Column(name, DateTime(timezone=True), nullable=False, server_default=func.now() if now else None)


account = Table(
    "account",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("phone", Text, nullable=False, unique=True, comment="E.164"),
    Column("password_hash", Text, nullable=False, comment="argon2id, with its parameters"),
    Column("name", Text),
    Column("age", SmallInteger),
    Column("is_active", Boolean, nullable=False, server_default=true()),
    _moment("created_at", now=True),
    CheckConstraint(r"phone ~ '^\+[1-9]\d{4,14}$'", name="phone"),
    CheckConstraint(_NOT_BLANK.format("name") + " AND length(name) <= 200", name="name"),
    CheckConstraint("age BETWEEN 0 AND 150", name="age"),
    Index("ix_account_created_at", desc("created_at"), "id"),
)

session = Table(
    "session",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), nullable=False),
    Column("generation", Integer, nullable=False, server_default="0", comment="of the newest refresh token"),
    Column("token_hash", LargeBinary, nullable=False, comment="SHA-256 of the newest refresh token"),
    _moment("started_at", now=True),
    _moment("last_seen_at", now=True),
    _moment("expires_at"),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    CheckConstraint("generation >= 0", name="generation"),
    Index("ix_session_account_id", "account_id", desc("last_seen_at")),
    Index("ix_session_expires_at", "expires_at"),
)

revoked_session = Table(
    "revoked_session",
    metadata,
    Column("session_id", Uuid, primary_key=True),
    Column("until", DateTime(timezone=True), nullable=False, comment="its last access token has expired by then"),
    Index("ix_revoked_session_until", "until"),
)

sign_in = Table(
    "sign_in",
    metadata,
    Column("at", DateTime(timezone=True), primary_key=True, server_default=func.now()),
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("account_id", Uuid, comment="null where nobody has that phone"),
    Column("success", Boolean, nullable=False),
    Column("reason", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("user_agent", Text, nullable=False),
    Column("session_id", Uuid),
    Index("ix_sign_in_account_id", "account_id", desc("at"), "id"),
    postgresql_partition_by="RANGE (at)",
)

role = Table(
    "role",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    Column("name", Text, nullable=False),
    Column("name_key", Text, nullable=False, unique=True, comment="NFKC, casefold, single spaces"),
    Column("description", Text),
    _moment("created_at", now=True),
    CheckConstraint(_NOT_BLANK.format("name") + " AND length(name) <= 100", name="name"),
    CheckConstraint("length(description) <= 1000", name="description"),
)

role_permission = Table(
    "role_permission",
    metadata,
    Column("role_id", Uuid, ForeignKey("role.id", ondelete="CASCADE"), primary_key=True),
    Column("permission", Text, primary_key=True),
)

account_role = Table(
    "account_role",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("role_id", Uuid, ForeignKey("role.id"), primary_key=True),
    _moment("given_at", now=True),
    Index("ix_account_role_role_id", "role_id"),
)

permission_epoch = Table(
    "permission_epoch",
    metadata,
    Column("singleton", Integer, primary_key=True, server_default="1", autoincrement=False),
    Column("number", BigInteger, nullable=False, comment="raised by whatever changes who may do what"),
    CheckConstraint("singleton = 1", name="singleton"),
)

audit_entry = Table(
    "audit_entry",
    metadata,
    Column("id", Uuid, primary_key=True, server_default=func.gen_random_uuid()),
    _moment("at", now=True),
    Column("actor_id", Uuid, comment="null: the command line"),
    Column("action", Text, nullable=False),
    Column("target_kind", Text, nullable=False),
    Column("target_id", Text, nullable=False),
    Column("detail", JSONB(none_as_null=True), nullable=False, server_default="{}"),
    Column("address", Text, comment="null: the command line, or its owner's account is gone"),
    Index("ix_audit_entry_at", desc("at"), "id"),
    Index("ix_audit_entry_target_id", "target_id", desc("at")),
    Index("ix_audit_entry_actor_id", "actor_id", desc("at")),
)

signing_key = Table(
    "signing_key",
    metadata,
    Column("kid", Text, primary_key=True),
    Column("public", JSONB, nullable=False, comment="JWK"),
    Column("private", Text, nullable=False, comment="JWK inside a JWE: encrypted by the secret key"),
    _moment("created_at", now=True),
    _moment("signs_from"),
    Column("verifies_until", DateTime(timezone=True), comment="null: until the next rotation"),
)

deed = Table(
    "deed",
    metadata,
    Column("account_id", Uuid, ForeignKey("account.id", ondelete="CASCADE"), primary_key=True),
    Column("route", Text, primary_key=True),
    Column("key", Text, primary_key=True, comment="Idempotency-Key"),
    Column("body_hash", LargeBinary, nullable=False),
    _moment("begun_at", now=True),
    Column("status", Integer, comment="null: under way"),
    Column("headers", JSONB),
    Column("answer", LargeBinary),
    Column("version", Integer, nullable=False, server_default="0", comment="row version of what was answered; 0: none"),
    Index("ix_deed_begun_at", "begun_at"),
)

attempt_count = Table(
    "attempt_count",
    metadata,
    Column("key", LargeBinary, primary_key=True, comment="keyed hash of what is counted: no phone is readable"),
    Column("attempts", BigInteger, nullable=False, comment="all there were"),
    Column("failures", Integer, nullable=False, comment="those that were let through and not taken back"),
    Column("admitted", Boolean, nullable=False, comment="whether the last one was let through"),
    _moment("next_at"),
    _moment("expires_at"),
    Index("ix_attempt_count_expires_at", "expires_at"),
)
