"""Run once at each start of the stack, before anything else: passwords are made, volumes belong to their servers.

Every server has a volume of its own for its secrets, so that none sees another's; its files can be read by whatever
user it runs as. What is there already is kept: running this again changes nothing.
"""

import os
import sys
from base64 import b64encode
from collections.abc import Callable
from hashlib import pbkdf2_hmac
from pathlib import Path
from secrets import token_bytes, token_hex

USER = "kinoteka"
_OWNERS = {"s3": 1000, "snapshots": 1000, "objects": 10001, "scratch": 10001}
"""Volumes, and the users whom the S3 gateway, Elasticsearch's image and ours run as."""
_ROUNDS = 10_000  # what Elasticsearch itself takes; the password is random and has 192 bits
_ROLES = f"{USER}:\n  cluster: [manage]\n  indices:\n    - names: ['*']\n      privileges: [all]\n"


def main() -> int:
    secrets, volumes = map(Path, sys.argv[1:])
    made = [keep(secrets / name, make) for name, make in _passwords().items()]
    made += [keep(secrets / name, make) for name, make in _files(secrets).items()]
    for volume in volumes.iterdir():
        os.chown(volume, _OWNERS[volume.name], _OWNERS[volume.name])
    print(f"{sum(made)} secrets made, {len(made) - sum(made)} kept.")
    return 0


def keep(path: Path, make: Callable[[], str]) -> bool:
    """Writes the file whole, or leaves the one that is there; whether it was written."""
    if path.exists():
        return False
    unfinished = path.with_name(path.name + ".new")
    unfinished.write_text(make())
    unfinished.chmod(0o444)
    with unfinished.open() as file:
        os.fsync(file.fileno())
    unfinished.rename(path)
    return True


def _passwords() -> dict[str, Callable[[], str]]:
    servers = ("postgres", "redis", "elasticsearch")
    names = [*(f"{server}/password" for server in servers), "s3/access_key", "s3/secret_key"]
    return {**dict.fromkeys(names, lambda: token_hex(24)), "kinoteka/kinoteka_secret_key": lambda: token_hex(32)}


def _files(secrets: Path) -> dict[str, Callable[[], str]]:
    """What holds a password in the form that its reader wants."""

    def read(name: str) -> str:
        return (secrets / name).read_text()

    return {
        "kinoteka/kinoteka_database_url": lambda: f"postgresql://{USER}:{read('postgres/password')}@postgres/{USER}",
        "kinoteka/kinoteka_redis_url": lambda: f"redis://:{read('redis/password')}@redis:6379/0",
        "kinoteka/kinoteka_elasticsearch_url": lambda: (
            f"http://{USER}:{read('elasticsearch/password')}@elasticsearch:9200"
        ),
        "kinoteka/kinoteka_s3_access_key": lambda: read("s3/access_key"),
        "kinoteka/kinoteka_s3_secret_key": lambda: read("s3/secret_key"),
        "elasticsearch/users": lambda: f"{USER}:{_elasticsearch_hash(read('elasticsearch/password'))}\n",
        "elasticsearch/users_roles": lambda: f"{USER}:{USER}\n",
        "elasticsearch/roles.yml": lambda: _ROLES,
        "elasticsearch/curl": lambda: f'user = "{USER}:{read("elasticsearch/password")}"\n',
        "redis/redis.conf": lambda: f"requirepass {read('redis/password')}\n",
    }


def _elasticsearch_hash(password: str) -> str:
    """As Elasticsearch's file realm keeps it: PBKDF2 with HMAC-SHA512."""
    salt = token_bytes(32)
    digest = pbkdf2_hmac("sha512", password.encode(), salt, _ROUNDS, 32)
    return f"{{PBKDF2}}{_ROUNDS}${b64encode(salt).decode()}${b64encode(digest).decode()}"


if __name__ == "__main__":
    sys.exit(main())
