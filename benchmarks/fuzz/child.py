"""`python -m benchmarks.fuzz.child HARNESS FOLDER SECONDS`: one harness, guided by coverage where atheris is there.

Ends with a status that is not 0 at the first finding; the input that made it lies in the folder then.
"""

import importlib.util
import sys
from pathlib import Path
from time import monotonic

from hypothesis import HealthCheck, given, settings

_MEMORY, _SLOWEST, _LONGEST = 1024, 20, 1 << 16
"""Megabytes, seconds and bytes of an input, at the most."""
_INSTRUMENTED = ["kinoteka.importers", "kinoteka.me.imports", "kinoteka.catalogue"]


def guided(name: str, folder: Path, seconds: int) -> None:
    import atheris  # noqa: PLC0415 - not everywhere, and what is imported below it is instrumented

    with atheris.instrument_imports(include=_INSTRUMENTED):
        from benchmarks.fuzz.harnesses import HARNESSES  # noqa: PLC0415
    corpus = folder / "corpus"
    options = [f"-max_total_time={seconds}", f"-rss_limit_mb={_MEMORY}", f"-timeout={_SLOWEST}", f"-max_len={_LONGEST}"]
    options += [f"-artifact_prefix={folder}/", "-print_final_stats=1", "-verbosity=1"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], HARNESSES[name])
    atheris.Fuzz()


def unguided(name: str, folder: Path, seconds: int) -> None:
    from benchmarks.fuzz.harnesses import HARNESSES  # noqa: PLC0415 - as above
    from benchmarks.fuzz.mutation import mutated  # noqa: PLC0415
    from benchmarks.fuzz.seeds import make_seeds  # noqa: PLC0415

    harness, until, runs = HARNESSES[name], monotonic() + seconds, 0

    @settings(max_examples=200, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(mutated(make_seeds()[name]))
    def fuzz(data: bytes) -> None:
        nonlocal runs
        runs += 1
        try:
            harness(data)
        except Exception:
            (folder / "crash-hypothesis").write_bytes(data)
            raise

    while monotonic() < until:
        fuzz()
    print(f"stat::number_of_executed_units: {runs}", file=sys.stderr)


def main() -> None:
    name, folder, seconds = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    (guided if importlib.util.find_spec("atheris") else unguided)(name, folder, seconds)


if __name__ == "__main__":
    main()
