"""Every setting, in one table. Each has a default: with nothing configured Kinoteka runs in its embedded shape."""

import os
from collections.abc import Mapping
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, DirectoryPath, Field, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict


def _check_postgres_url(url: str) -> str:
    parts = urlsplit(url)  # reading the port raises ValueError when it is none
    if parts.scheme not in ("postgresql", "postgres") or (parts.port is None and not parts.path.strip("/")):
        raise ValueError("should be like postgresql://user:password@host:5432/database")
    return url


def _check_http_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.port == 0:
        raise ValueError("should be like http://host:port")
    return url


def _check_elasticsearch_urls(urls: str) -> str:
    for url in split(urls):
        _check_http_url(url)
    return urls


def _check_redis_url(url: str) -> str:
    parts = urlsplit(url)
    database = parts.path.strip("/")
    is_redis = parts.scheme in ("redis", "rediss") and parts.hostname and parts.port != 0
    if not is_redis or not (database.isdecimal() or not database):
        raise ValueError("should be like redis://:password@host:6379/0, or rediss:// with TLS")
    return url


def _check_objects_url(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme in ("", "file") and parts.path:
        return url
    if parts.scheme == "s3" and parts.netloc and not parts.query:
        return url
    raise ValueError("should be a folder, or like s3://bucket/prefix")


def _check_networks(text: str) -> str:
    for part in split(text):
        ip_network(part, strict=False)  # raises ValueError
    return text


def split(values: str) -> tuple[str, ...]:
    """The parts of a setting that takes several, commas between."""
    return tuple(part.strip() for part in values.split(",") if part.strip())


HttpUrl = Annotated[str, AfterValidator(_check_http_url)]
# Not pydantic's own type, which refuses a socket's folder in the query: postgresql://user@/database?host=/run/postgresql
PostgresUrl = Annotated[str, AfterValidator(_check_postgres_url)]
ElasticsearchUrls = Annotated[str, AfterValidator(_check_elasticsearch_urls)]
RedisUrl = Annotated[str, AfterValidator(_check_redis_url)]
Networks = Annotated[str, AfterValidator(_check_networks)]
ObjectsUrl = Annotated[str, AfterValidator(_check_objects_url)]

SHARED = ("database_url", "elasticsearch_url", "redis_url")
"""What several processes need to work on one catalogue."""


class _Secrets(SecretsSettingsSource):
    """A stack's folder has the keys of its S3 server, whether objects are kept there or elsewhere."""

    def __call__(self) -> dict[str, Any]:
        found = super().__call__()
        if _is_s3(self.current_state.get("objects_url") or found.get("objects_url")):
            return found
        return {name: value for name, value in found.items() if name not in ("s3_access_key", "s3_secret_key")}


class Settings(BaseSettings):
    """Read from the environment, prefix `KINOTEKA_`, and from the folder of secrets; empty counts as not set."""

    model_config = SettingsConfigDict(
        env_prefix="KINOTEKA_", env_ignore_empty=True, extra="ignore", frozen=True, validate_default=True
    )

    data: Path = Field(
        Path("kinoteka-data"), description="Folder of the embedded database, the search index and photos."
    )
    secrets: DirectoryPath | None = Field(
        None,
        description="Folder that holds settings as files, each named like its variable in small letters: "
        "kinoteka_database_url. A variable goes before a file.",
    )
    database_url: PostgresUrl | None = Field(
        None, description="A PostgreSQL server, 15 to 18, instead of the embedded one."
    )
    elasticsearch_url: ElasticsearchUrls | None = Field(
        None, description="Elasticsearch 9 instead of the embedded search; several nodes, comma-separated."
    )
    elasticsearch_prefix: str = Field(
        "",
        pattern=r"^[a-z0-9_-]{0,40}$",
        description="Put before the names of indexes, so that several Kinotekas share a cluster.",
    )
    elasticsearch_timeout: float = Field(
        2, gt=0, le=60, description="Seconds that a search or a read of Elasticsearch may take."
    )
    elasticsearch_shards: int = Field(
        1, ge=1, le=1024, description="Shards of the films' and of the persons' index, from the next rebuild on."
    )
    elasticsearch_replicas: int | None = Field(
        None, ge=0, le=100, description="Copies of each shard; unset: one as soon as there is a second node."
    )
    redis_url: RedisUrl | None = Field(
        None, description="Redis, for answers and tokens that several processes share, like redis://host:6379/0."
    )
    redis_prefix: str = Field(
        "kinoteka",
        pattern=r"^[a-zA-Z0-9_.:-]{1,80}$",
        description="Put before all keys in Redis, so that several Kinotekas share one.",
    )
    objects_url: ObjectsUrl | None = Field(
        None,
        description="Where photos and backups are kept: s3://bucket/prefix or a folder; by default in the data folder.",
    )
    s3_endpoint: HttpUrl | None = Field(None, description="Address of an S3 server that is not Amazon's.")
    s3_access_key: str | None = Field(None, description="Key id for S3.")
    s3_secret_key: SecretStr | None = Field(None, description="Secret key for S3.")
    s3_region: str = Field("us-east-1", description="Region of the S3 bucket.")
    elasticsearch_snapshots: str | None = Field(
        None,
        description="Where backups of an Elasticsearch index go: a folder as its nodes see it, or the name of a "
        "snapshot repository; without one a restore builds the index anew.",
    )
    backup_every: float = Field(
        0, ge=0, description="Hours after which the indexer makes a backup; 0: it makes none by itself."
    )
    backup_keep: int = Field(7, ge=1, description="How many good backups the indexer keeps of those it makes.")
    processes: int = Field(
        1, ge=1, le=256, description="Processes that answer requests; more than one needs Elasticsearch and Redis."
    )
    indexer: bool = Field(
        True, description="Keep the search index in step inside serve; off where kinoteka index run does it."
    )
    consumers: int = Field(
        2,
        ge=1,
        le=64,
        description="Consumers that a process keeps the index in step with, where it is in Elasticsearch.",
    )
    host: str = Field("127.0.0.1", description="Address the API listens on; 0.0.0.0 for all.")
    port: int = Field(8000, ge=0, le=65535, description="Port the API listens on; 0 lets the system choose.")
    cors_origins: str = Field(
        "", description="Origins whose pages may call the API from a browser, comma-separated; * for all."
    )
    demo: bool = Field(False, description="Load the demo catalogue when the database is empty.")
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="auto: coloured on a terminal, JSON otherwise."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="Least severe record that is written."
    )
    otlp_endpoint: HttpUrl | None = Field(
        None,
        description="OpenTelemetry collector that traces are sent to, like http://collector:4318.",
    )
    trace_share: float | None = Field(
        None, ge=0, le=1, description="Share of requests that are traced; all, or what OTEL_TRACES_SAMPLER says."
    )
    pool_size: int = Field(
        8,
        ge=2,
        le=200,
        description="Database connections of a process for readers; accounts and editing have half as many each.",
    )
    cache_bytes: int = Field(
        64 * 2**20,
        ge=0,
        description="Memory for cached answers in a process, in bytes; 0 leaves them to Redis, if there is one.",
    )

    secret_key: SecretStr | None = Field(
        None,
        min_length=32,
        description="Random text, the same for every process, that private keys are encrypted with; needed with a "
        "database server, made in the data folder otherwise.",
    )
    public_catalogue: bool = Field(True, description="Let anybody read films; off: only those who are signed in.")
    default_region: str = Field(
        "UA",
        pattern=r"^[A-Z]{2}$",
        description="Country (ISO 3166) whose phone numbers need no country code.",
    )
    trusted_proxies: Networks = Field(
        "", description="Addresses and networks, comma-separated, whose X-Forwarded-For is believed."
    )
    token_issuer: str = Field("kinoteka", min_length=1, description="`iss` of access tokens.")
    token_audience: str = Field("kinoteka", min_length=1, description="`aud` of access tokens.")
    access_token_seconds: int = Field(900, ge=60, le=3600, description="Life of an access token, in seconds.")
    session_idle_days: int = Field(30, ge=1, le=365, description="Days after which an unused session ends.")
    session_days: int = Field(180, ge=1, le=3650, description="Days after which a session ends, however much used.")
    password_minimum: int = Field(8, ge=8, le=64, description="Fewest characters of a password.")
    password_mebibytes: int = Field(46, ge=46, le=1024, description="Memory that hashing one password takes, in MiB.")
    password_workers: int = Field(
        0, ge=0, le=64, description="Passwords hashed at once in a process; 0: half as many as there are processors."
    )
    password_queue: int = Field(
        32, ge=1, le=1000, description="Passwords that may wait to be hashed; more are answered 503."
    )
    sign_in_retention_days: int = Field(
        365, ge=1, le=3650, description="Days that the history of sign-ins is kept, rounded up to whole months."
    )
    registrations_per_hour: int = Field(20, ge=0, description="Registrations from one address; 0: no limit.")
    searches_per_minute: int = Field(1200, ge=0, description="Searches and suggestions from one address; 0: no limit.")
    exports_per_hour: int = Field(60, ge=0, description="Exports of all films from one address; 0: no limit.")

    photo_bytes: int = Field(
        10 * 2**20, ge=2**16, le=2**26, description="Most bytes that an uploaded photo of a person may have."
    )
    photo_megapixels: int = Field(
        50, ge=1, le=200, description="Most millions of pixels of one; working on it takes 8 MB for each."
    )
    photo_workers: int = Field(1, ge=1, le=64, description="Photos that a process works on at once.")
    import_bytes: int = Field(
        16 * 2**20,
        ge=2**16,
        le=2**26,
        description="Most bytes that a file may have from which somebody imports own ratings and lists.",
    )
    photo_queue: int = Field(8, ge=0, le=1000, description="Photos that may wait for that; more are answered 503.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is given in the program, then the environment, then the folder that the environment names."""
        folder = os.environ.get("KINOTEKA_SECRETS")
        files = (_Secrets(settings_cls, folder),) if folder and Path(folder).is_dir() else ()
        return init_settings, env_settings, *files

    # A field's own check, not the model's, which runs only when every field is right: all reasons are told at once.
    # `info.data` lacks a field that is wrong itself, and that is no second fault.

    @field_validator("s3_endpoint", "s3_access_key", "s3_secret_key")
    @classmethod
    def _only_with_s3(cls, value: object, info: ValidationInfo) -> object:
        if value is not None and not _is_s3(info.data.get("objects_url", "s3://")):
            raise ValueError("is of no use unless KINOTEKA_OBJECTS_URL begins with s3://")
        return value

    @field_validator("s3_access_key", "s3_secret_key")
    @classmethod
    def _needed_for_s3(cls, value: object, info: ValidationInfo) -> object:
        if value is None and _is_s3(info.data.get("objects_url")):
            raise ValueError("is needed for what KINOTEKA_OBJECTS_URL names")
        return value

    @field_validator("processes")
    @classmethod
    def _shared_when_many(cls, processes: int, info: ValidationInfo) -> int:
        if processes > 1 and (missing := _missing(info.data)):
            raise ValueError(f"{processes} processes need servers that they share: set {missing}, or leave it at 1")
        return processes

    @field_validator("indexer")
    @classmethod
    def _shared_when_elsewhere(cls, indexer: bool, info: ValidationInfo) -> bool:
        if not indexer and (missing := _missing(info.data)):
            raise ValueError(f"an indexer in another process needs servers that both share: set {missing}")
        return indexer

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(split(self.cors_origins))

    @property
    def elasticsearch_nodes(self) -> tuple[str, ...]:
        return split(self.elasticsearch_url or "")

    @property
    def needs_folder(self) -> bool:
        """Whether the database or the search index is kept in the data folder, which one process at a time works on."""
        return self.database_url is None or self.elasticsearch_url is None

    @property
    def keeps_objects(self) -> bool:
        """Whether there is a place for photos and backups; beside servers one has to be named."""
        return self.needs_folder or self.objects_url is not None

    @property
    def missing_to_share(self) -> str:
        """The settings without which no other process can work on this catalogue, in words; empty when it can."""
        return _missing(self.__dict__)

    @property
    def objects_folder(self) -> Path | None:
        """None where objects are on S3."""
        if self.objects_url is None:
            return self.data / "objects"
        parts = urlsplit(self.objects_url)
        return None if parts.scheme == "s3" else Path(parts.path)

    @property
    def index_folder(self) -> Path:
        return self.data / "index"


def _missing(values: Mapping[str, object]) -> str:
    return " and ".join(f"KINOTEKA_{name.upper()}" for name in SHARED if values.get(name, "wrong") is None)


def _is_s3(url: object) -> bool:
    return isinstance(url, str) and url.startswith("s3://")
