"""Accounts: users, sessions, sign-in history, roles, keys, counted attempts, audit"""

from datetime import UTC, datetime

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

ADMIN = "00000000-0000-7000-8000-00000000ad01"

TABLES = (
    r"""
    CREATE TABLE account (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        phone text NOT NULL,
        password_hash text NOT NULL,
        name text,
        age smallint,
        is_active boolean NOT NULL DEFAULT true,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_account PRIMARY KEY (id),
        CONSTRAINT uq_account_phone UNIQUE (phone),
        CONSTRAINT ck_account_phone CHECK (phone ~ '^\+[1-9]\d{4,14}$'),
        CONSTRAINT ck_account_name CHECK (name ~ '[^\s]' AND name !~ '[\x01-\x1f\x7f]' AND length(name) <= 200),
        CONSTRAINT ck_account_age CHECK (age BETWEEN 0 AND 150)
    )
    """,
    "CREATE INDEX ix_account_created_at ON account (created_at DESC, id)",
    "COMMENT ON COLUMN account.phone IS 'E.164'",
    "COMMENT ON COLUMN account.password_hash IS 'argon2id, with its parameters'",
    """
    CREATE TABLE session (
        id uuid NOT NULL,
        account_id uuid NOT NULL,
        generation integer NOT NULL DEFAULT 0,
        token_hash bytea NOT NULL,
        started_at timestamptz NOT NULL DEFAULT now(),
        last_seen_at timestamptz NOT NULL DEFAULT now(),
        expires_at timestamptz NOT NULL,
        address text NOT NULL,
        user_agent text NOT NULL,
        CONSTRAINT pk_session PRIMARY KEY (id),
        CONSTRAINT fk_session_account_id_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE,
        CONSTRAINT ck_session_generation CHECK (generation >= 0)
    )
    """,
    "CREATE INDEX ix_session_account_id ON session (account_id, last_seen_at DESC)",
    "CREATE INDEX ix_session_expires_at ON session (expires_at)",
    "COMMENT ON COLUMN session.generation IS 'of the newest refresh token'",
    "COMMENT ON COLUMN session.token_hash IS 'SHA-256 of the newest refresh token'",
    """
    CREATE TABLE revoked_session (
        session_id uuid NOT NULL,
        until timestamptz NOT NULL,
        CONSTRAINT pk_revoked_session PRIMARY KEY (session_id)
    )
    """,
    "CREATE INDEX ix_revoked_session_until ON revoked_session (until)",
    "COMMENT ON COLUMN revoked_session.until IS 'its last access token has expired by then'",
    """
    CREATE TABLE sign_in (
        at timestamptz NOT NULL DEFAULT now(),
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        account_id uuid,
        success boolean NOT NULL,
        reason text NOT NULL,
        address text NOT NULL,
        user_agent text NOT NULL,
        session_id uuid,
        CONSTRAINT pk_sign_in PRIMARY KEY (at, id)
    ) PARTITION BY RANGE (at)
    """,
    "CREATE INDEX ix_sign_in_account_id ON sign_in (account_id, at DESC, id)",
    "COMMENT ON COLUMN sign_in.account_id IS 'null where nobody has that phone'",
    r"""
    CREATE TABLE role (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        name text NOT NULL,
        name_key text NOT NULL,
        description text,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_role PRIMARY KEY (id),
        CONSTRAINT uq_role_name_key UNIQUE (name_key),
        CONSTRAINT ck_role_name CHECK (name ~ '[^\s]' AND name !~ '[\x01-\x1f\x7f]' AND length(name) <= 100),
        CONSTRAINT ck_role_description CHECK (length(description) <= 1000)
    )
    """,
    "COMMENT ON COLUMN role.name_key IS 'NFKC, casefold, single spaces'",
    f"""
    INSERT INTO role (id, name, name_key, description)
    VALUES ('{ADMIN}', 'admin', 'admin', 'Every permission there is. Built in: it cannot be changed or deleted.')
    """,
    """
    CREATE TABLE role_permission (
        role_id uuid NOT NULL,
        permission text NOT NULL,
        CONSTRAINT pk_role_permission PRIMARY KEY (role_id, permission),
        CONSTRAINT fk_role_permission_role_id_role FOREIGN KEY (role_id) REFERENCES role (id) ON DELETE CASCADE
    )
    """,
    """
    CREATE TABLE account_role (
        account_id uuid NOT NULL,
        role_id uuid NOT NULL,
        given_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT pk_account_role PRIMARY KEY (account_id, role_id),
        CONSTRAINT fk_account_role_account_id_account FOREIGN KEY (account_id) REFERENCES account (id)
            ON DELETE CASCADE,
        CONSTRAINT fk_account_role_role_id_role FOREIGN KEY (role_id) REFERENCES role (id)
    )
    """,
    "CREATE INDEX ix_account_role_role_id ON account_role (role_id)",
    """
    CREATE TABLE permission_epoch (
        singleton integer NOT NULL DEFAULT 1,
        number bigint NOT NULL,
        CONSTRAINT pk_permission_epoch PRIMARY KEY (singleton),
        CONSTRAINT ck_permission_epoch_singleton CHECK (singleton = 1)
    )
    """,
    "COMMENT ON COLUMN permission_epoch.number IS 'raised by whatever changes who may do what'",
    "INSERT INTO permission_epoch (number) VALUES (1)",
    """
    CREATE TABLE audit_entry (
        id uuid NOT NULL DEFAULT gen_random_uuid(),
        at timestamptz NOT NULL DEFAULT now(),
        actor_id uuid,
        action text NOT NULL,
        target_kind text NOT NULL,
        target_id text NOT NULL,
        detail jsonb NOT NULL DEFAULT '{}',
        address text,
        CONSTRAINT pk_audit_entry PRIMARY KEY (id)
    )
    """,
    "CREATE INDEX ix_audit_entry_at ON audit_entry (at DESC, id)",
    "CREATE INDEX ix_audit_entry_target_id ON audit_entry (target_id, at DESC)",
    "CREATE INDEX ix_audit_entry_actor_id ON audit_entry (actor_id, at DESC)",
    "COMMENT ON COLUMN audit_entry.actor_id IS 'null: the command line'",
    "COMMENT ON COLUMN audit_entry.address IS 'null: the command line, or its owner''s account is gone'",
    """
    CREATE TABLE signing_key (
        kid text NOT NULL,
        public jsonb NOT NULL,
        private text NOT NULL,
        created_at timestamptz NOT NULL DEFAULT now(),
        signs_from timestamptz NOT NULL,
        verifies_until timestamptz,
        CONSTRAINT pk_signing_key PRIMARY KEY (kid)
    )
    """,
    "COMMENT ON COLUMN signing_key.public IS 'JWK'",
    "COMMENT ON COLUMN signing_key.private IS 'JWK inside a JWE: encrypted by the secret key'",
    "COMMENT ON COLUMN signing_key.verifies_until IS 'null: until the next rotation'",
    """
    CREATE TABLE deed (
        account_id uuid NOT NULL,
        route text NOT NULL,
        key text NOT NULL,
        body_hash bytea NOT NULL,
        begun_at timestamptz NOT NULL DEFAULT now(),
        status integer,
        headers jsonb,
        answer bytea,
        CONSTRAINT pk_deed PRIMARY KEY (account_id, route, key),
        CONSTRAINT fk_deed_account_id_account FOREIGN KEY (account_id) REFERENCES account (id) ON DELETE CASCADE
    )
    """,
    "CREATE INDEX ix_deed_begun_at ON deed (begun_at)",
    "COMMENT ON COLUMN deed.key IS 'Idempotency-Key'",
    "COMMENT ON COLUMN deed.status IS 'null: under way'",
    """
    CREATE TABLE attempt_count (
        key bytea NOT NULL,
        attempts bigint NOT NULL,
        failures integer NOT NULL,
        admitted boolean NOT NULL,
        next_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        CONSTRAINT pk_attempt_count PRIMARY KEY (key)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX ix_attempt_count_expires_at ON attempt_count (expires_at)",
    "COMMENT ON COLUMN attempt_count.key IS 'keyed hash of what is counted: no phone is readable'",
    "COMMENT ON COLUMN attempt_count.attempts IS 'all there were'",
    "COMMENT ON COLUMN attempt_count.admitted IS 'whether the last one was let through'",
    "COMMENT ON COLUMN attempt_count.failures IS 'those that were let through and not taken back'",
)


def upgrade() -> None:
    for statement in TABLES:
        op.execute(statement)
    _first_partition()


def _first_partition() -> None:
    """Of this month and the next, so that there is a place for records before the first housekeeping."""
    begin = datetime.now(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    for _ in range(2):
        end = begin.replace(year=begin.year + begin.month // 12, month=begin.month % 12 + 1)
        op.execute(
            f"CREATE TABLE sign_in_{begin:%Y_%m} PARTITION OF sign_in "
            f"FOR VALUES FROM ('{begin.isoformat()}') TO ('{end.isoformat()}')"
        )
        begin = end


def downgrade() -> None:
    for table in (
        *(
            "attempt_count",
            "deed",
            "signing_key",
            "audit_entry",
            "permission_epoch",
            "account_role",
            "role_permission",
            "role",
        ),
        *("sign_in", "revoked_session", "session", "account"),
    ):
        op.execute(f"DROP TABLE {table}")
