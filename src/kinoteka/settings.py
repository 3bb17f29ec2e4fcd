"""Every setting, in one table. Each has a default: with nothing configured Kinoteka runs in its embedded shape."""

from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def _check_postgres_url(url: str) -> str:
    parts = urlsplit(url)  # reading the port raises ValueError when it is none
    if parts.scheme not in ("postgresql", "postgres") or (parts.port is None and not parts.path.strip("/")):
        raise ValueError("should be like postgresql://user:password@host:5432/database")
    return url


# Not pydantic's own type, which refuses a socket's folder in the query: postgresql://user@/database?host=/run/postgresql
PostgresUrl = Annotated[str, AfterValidator(_check_postgres_url)]


class Settings(BaseSettings):
    """Read from the environment, prefix `KINOTEKA_`; an empty variable counts as not set."""

    model_config = SettingsConfigDict(env_prefix="KINOTEKA_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Field(
        Path("kinoteka-data"), description="Folder of the embedded database, the search index and photos."
    )
    database_url: PostgresUrl | None = Field(
        None, description="A PostgreSQL server, 15 to 18, instead of the embedded one."
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
    pool_size: int = Field(8, ge=2, le=200, description="Database connections a process keeps.")
    cache_bytes: int = Field(
        64 * 2**20, ge=0, description="Memory for cached answers in a process, in bytes; 0 turns the cache off."
    )

    @property
    def allowed_origins(self) -> frozenset[str]:
        return frozenset(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())

    @property
    def index_folder(self) -> Path:
        return self.data / "index"
