"""The account PostgreSQL runs under. It refuses root, so root lends it one that every system has.

Folders above ours stay closed. Where the account cannot reach the data or the binaries (a clone in root's home),
PostgreSQL gets the one capability that lets it pass and read closed folders, CAP_DAC_READ_SEARCH, or in a container
that lacks it CAP_DAC_OVERRIDE; nobody but root can connect to it.
"""

import os
import pwd
import shutil
import stat
import subprocess
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from kinoteka.errors import UsageError

_UNPRIVILEGED = ("nobody", "daemon", "bin")
_CAPABILITIES = {"dac_read_search": 1 << 2, "dac_override": 1 << 1}


class Account(NamedTuple):
    uid: int
    gid: int


def user_name() -> str:
    """This process's user, as PostgreSQL will see it on the other end of the socket."""
    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        raise UsageError(
            f"User id {os.geteuid()} has no line in /etc/passwd, which PostgreSQL needs: add one, "
            "or set KINOTEKA_DATABASE_URL to a PostgreSQL server."
        ) from None


def find_account(cluster: Path) -> Account | None:
    """None: PostgreSQL runs as this process's user. A cluster that exists keeps its owner."""
    if os.geteuid() != 0:
        return None
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid)
    for name in _UNPRIVILEGED:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise UsageError("PostgreSQL does not run as root and there is no user «nobody»: run Kinoteka as another user.")


def give(path: Path, account: Account | None) -> None:
    if account:
        os.chown(path, account.uid, account.gid)


def launcher(account: Account | None, reach: Iterable[Path]) -> list[str]:
    """The words before a command that make it run under the account, reach the folders, and end when we are killed."""
    setpriv = shutil.which("setpriv")
    if not setpriv or not _is_modern(setpriv):
        if account is None:
            return []
        raise UsageError(
            "Root needs setpriv to start PostgreSQL: install util-linux 2.33 or newer, or run as another user."
        )
    words = [setpriv, "--pdeathsig", "INT"]
    return words if account is None else [*words, *_switch(account, reach)]


def _is_modern(setpriv: str) -> bool:
    """Busybox has a setpriv without the signal, which arrived in util-linux 2.33."""
    probe = subprocess.run([setpriv, "--pdeathsig", "INT", "true"], capture_output=True, check=False)  # noqa: S603 - our own words
    return probe.returncode == 0


def _switch(account: Account, reach: Iterable[Path]) -> list[str]:
    reached = all(_reaches(account, path) for path in reach)
    kept = "" if reached else f",+{_passing_capability()}"
    return [
        # Without this bit access(2), by which initdb looks for its companions, takes no notice of capabilities.
        *([] if reached else ["--securebits=+no_setuid_fixup"]),
        f"--reuid={account.uid}",
        f"--regid={account.gid}",
        "--clear-groups",
        f"--inh-caps=-all{kept}",
        f"--ambient-caps=-all{kept}",
        f"--bounding-set=-all{kept}",
        "--no-new-privs",
    ]


def _reaches(account: Account, path: Path) -> bool:
    return all(_may_pass(account, folder.stat()) for folder in (path, *path.parents))


def _may_pass(account: Account, folder: os.stat_result) -> bool:
    if folder.st_uid == account.uid:
        return bool(folder.st_mode & stat.S_IXUSR)
    return bool(folder.st_mode & (stat.S_IXGRP if folder.st_gid == account.gid else stat.S_IXOTH))


def _passing_capability() -> str:
    held = _effective_capabilities()
    for name, bit in _CAPABILITIES.items():
        if held & bit:
            return name
    raise UsageError(
        "This root has no capability to lend PostgreSQL, which cannot reach the data folder: "
        "set KINOTEKA_DATA to a folder that every user can reach, or run as another user."
    )


def _effective_capabilities() -> int:
    status = Path("/proc/self/status").read_text()
    return next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("CapEff:"))
