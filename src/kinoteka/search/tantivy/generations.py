"""Generations of the index on disk: a folder each, and a pointer file, replaced by rename, that names one."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

from kinoteka.search.tantivy.schema import schema_name

_POINTER = "current"


def current_generation(root: Path) -> Path | None:
    """The folder in use; None when there is none or another version of the program made it."""
    name = _pointed_at(root)
    if name is None or not name.startswith(schema_name()):
        return None
    folder = root / name
    return folder if folder.is_dir() else None


def new_generation(root: Path) -> Path:
    folder = root / f"{schema_name()}-{uuid4().hex[:12]}"
    folder.mkdir(parents=True)
    return folder


def point_at(root: Path, generation: Path) -> None:
    """Durable when it returns; a kill leaves the old pointer or the new one."""
    draft = root / f"{_POINTER}.{uuid4().hex[:12]}"
    with draft.open("w") as file:
        file.write(generation.name)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(generation)
    draft.replace(root / _POINTER)
    sync_folder(root)


def remove_leftovers(root: Path) -> None:
    """Everything but the generation the pointer names, and that one too when it is gone or the pointer is not there."""
    for path in _leftovers(root):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def remove_generation(generation: Path) -> None:
    shutil.rmtree(generation, ignore_errors=True)


def sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _leftovers(root: Path) -> Iterator[Path]:
    kept = {_POINTER, _pointed_at(root)}
    if root.is_dir():
        yield from (path for path in root.iterdir() if path.name not in kept)


def _pointed_at(root: Path) -> str | None:
    try:
        return (root / _POINTER).read_text().strip() or None
    except FileNotFoundError:
        return None
