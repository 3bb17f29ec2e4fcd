"""`make try-compose`: the whole stack in Docker, as an operator meets it, and what was seen of it.

In a stack of its own, gone afterwards: first start with the demo catalogue, a backup, both stores lost and restored, a
second start, three API processes, a rolling restart under load, every service killed once, backups in a folder, and the
functional tests in a stack of their own.
"""

import argparse
import hashlib
import itertools
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

ROOT = Path(__file__).parents[1]
PROJECT = "kinoteka-try"
STORES = ("postgres", "elasticsearch")
PATIENCE = 300.0  # seconds
PAGES = ("/films?sort=title&page_size=100", "/persons?page_size=100", "/genres?page_size=100")
SEARCHES = ("cnfkrth", "тіні забутих", "dovzhenko", "drama")
VIEWER = {"phone": "+380501234567", "password": "three otters at noon"}
"""An account made at the first start, which every restored catalogue must know: exports are for who is signed in."""
SLEEP = 0.1
PAUSE = 0.06
"""Seconds; no faster than one address may search."""
BROKEN = "def test_broken_on_purpose() -> None:\n    raise AssertionError\n"
QUICK = "tests/functional/test_lists.py"
"""A few of the functional tests: that the stack of theirs runs, not what they show."""

say = print


class Stack:
    def __init__(self, port: int) -> None:
        self.port = port
        self.address = f"http://127.0.0.1:{port}"
        self.environment = os.environ | {"KINOTEKA_LISTEN": f"127.0.0.1:{port}", "KINOTEKA_LOG_LEVEL": "warning"}

    @classmethod
    def of(cls, other: "Stack", **environment: str) -> "Stack":
        """The same stack with other settings."""
        changed = cls(other.port)
        changed.environment |= environment
        return changed

    def compose(self, *words: str, **environment: str) -> str:
        """What it printed. Ends the trial when it fails."""
        command = ["docker", "compose", "--ansi", "never", "--project-name", PROJECT, *words]
        done = subprocess.run(
            command, cwd=ROOT, env=self.environment | environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")
        return done.stdout

    def up(self, *words: str, **environment: str) -> float:
        """Seconds until every service was healthy."""
        began = time.monotonic()
        self.compose("up", "--detach", "--wait", *words, **environment)
        return time.monotonic() - began

    def containers(self, service: str = "") -> list[str]:
        return self.compose("ps", "--quiet", "--all", *([service] if service else [])).split()

    def log(self, service: str) -> str:
        """Its last line."""
        return (
            self.compose("logs", "--no-log-prefix", "--no-color", "--tail", "1", service)
            .strip()
            .removeprefix("\x1b[2K")
        )

    def get(self, path: str, **headers: str) -> bytes:
        with urlopen(Request(self.address + path, headers=headers), timeout=30) as answer:  # noqa: S310 - our own address
            return bytes(answer.read())

    def post(self, path: str, sent: object) -> bytes:
        headers = {"content-type": "application/json"}
        request = Request(self.address + path, json.dumps(sent).encode(), headers)  # noqa: S310 - our own address
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                with urlopen(request, timeout=30) as answer:  # noqa: S310 - as above
                    return bytes(answer.read())
            except HTTPError as error:
                if error.code != 503 or time.monotonic() > deadline:
                    raise
            time.sleep(1)  # as it asked for

    def status(self, path: str) -> int:
        """0 where nothing answers."""
        try:
            with urlopen(self.address + path, timeout=30) as answer:  # noqa: S310 - our own address
                answer.read()
                return int(answer.status)
        except HTTPError as error:
            return error.code
        except (URLError, OSError):
            return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=18080, help="port of this machine that the proxy listens on")
    parser.add_argument("--keep", action="store_true", help="leave the stack running at the end")
    options = parser.parse_args()
    stack = Stack(options.port)
    try:
        for number, step in enumerate(STEPS, 1):
            say(f"\n{number}. {(step.__doc__ or '').strip()}")
            step(stack)
        say("\nAll as it should be.")
    finally:
        if options.keep:
            stack.up()
        else:
            stack.compose("down", "--volumes", "--remove-orphans")


def first_start(stack: Stack) -> None:
    """The image is built; a first start, on empty volumes, with the demo catalogue."""
    stack.compose("down", "--volumes", "--remove-orphans")
    stack.compose("build")
    say(f"   image: {_image_size()}")
    say(f"   healthy after {stack.up(KINOTEKA_DEMO='true'):.0f} s; prepare said: {stack.log('prepare')}")
    say(f"   restore said: {stack.log('restore')}")
    stack.post("/api/v1/auth/register", VIEWER)
    say(f"   {describe(catalogue(stack))}")


def back_up(stack: Stack) -> None:
    """A backup, to S3 and the snapshot volume; both stores are lost; the next start restores them."""
    before = catalogue(stack)
    say(f"   {stack.compose('exec', '-T', 'indexer', 'kinoteka', 'backup', 'create').strip()}")
    say(f"   {stack.compose('exec', '-T', 'indexer', 'kinoteka', 'backup', 'verify').strip()}")
    stack.compose("down")
    run("docker", "volume", "rm", *(f"{PROJECT}_{store}" for store in STORES))
    say(f"   volumes {' and '.join(STORES)} are gone; healthy again after {stack.up():.0f} s")
    say(f"   restore said: {stack.log('restore')}")
    after = catalogue(stack)
    require(after == before, f"The catalogue differs: {describe(before)} before, {describe(after)} after.")
    say(f"   {describe(after)}: films, persons, genres, searches and the export are what they were")


def second_start(stack: Stack) -> None:
    """A second `up` on what runs, and one after `down`: nothing is touched."""
    before, containers = catalogue(stack), set(stack.containers())
    took = stack.up()
    require(set(stack.containers()) == containers, "Containers were made anew.")
    say(f"   second up: {took:.0f} s, the same {len(containers)} containers; restore said: {stack.log('restore')}")
    stack.compose("down")
    took = stack.up()
    require(catalogue(stack) == before, "The catalogue differs.")
    say(f"   down and up: {took:.0f} s, the same catalogue; prepare said: {stack.log('prepare')}")


def scale(stack: Stack) -> None:
    """`up --scale api=3`: the proxy finds all three."""
    took = stack.up("--scale", "api=3")
    seen: Counter[str] = Counter()
    until(lambda: len(_ask_processes(stack, seen)) == 3, "three processes behind the proxy")
    say(f"   healthy after {took:.0f} s; answers came from {len(seen)} processes: {sorted(seen.values())}")


def rolling_restart(stack: Stack) -> None:
    """Each API process restarted in turn while requests come in: none is lost."""
    with load(stack) as answers:
        for container in stack.containers("api"):
            run("docker", "restart", container)
            until(lambda container=container: health(container) == "healthy", "a restarted API process")
    say(f"   {sum(answers.values())} requests while three processes restarted: {dict(answers)}")
    require_no_other(answers, 200)


def killed_api(stack: Stack) -> None:
    """One API process of three killed with SIGKILL under load: no request is lost, and it is back."""
    with load(stack) as answers:
        victim = stack.containers("api")[0]
        recovered = kill(victim)
        until(recovered, "the killed API process")
        time.sleep(1)
    say(f"   {sum(answers.values())} requests: {dict(answers)}; started again and healthy")
    require_no_other(answers, 200)


def killed_servers(stack: Stack) -> None:
    """Every other service killed with SIGKILL: what answers meanwhile, and that it recovers without help."""
    before = catalogue(stack)
    for service in ("redis", "indexer", "postgres", "elasticsearch", "s3", "proxy"):
        [container] = stack.containers(service)
        with load(stack) as answers:
            began = time.monotonic()
            until(kill(container), service)
            until(lambda: json.loads(stack.get("/health/ready"))["status"] == "up", f"readiness after {service}")
        say(f"   {service}: all well after {time.monotonic() - began:.0f} s; meanwhile {dict(answers)}")
        if service != "proxy":  # without it nobody hears us
            require_no_other(answers, 200, 503)
        require(catalogue(stack) == before, f"The catalogue differs after {service} was killed.")


def back_to_one(stack: Stack) -> None:
    """Back to one process under load; afterwards nothing is left of the stack."""
    with load(stack) as answers:
        stack.up("--scale", "api=1")
        time.sleep(2)
    say(f"   {sum(answers.values())} requests: {dict(answers)}")
    require_no_other(answers, 200)


def folder_backups(stack: Stack) -> None:
    """The same with backups in a folder, on empty volumes: both stores are lost and restored."""
    stack.compose("down", "--volumes", "--remove-orphans")
    in_folder = Stack.of(stack, KINOTEKA_OBJECTS_URL="/objects", KINOTEKA_S3_ENDPOINT="")
    in_folder.up(KINOTEKA_DEMO="true")
    in_folder.post("/api/v1/auth/register", VIEWER)
    back_up(in_folder)


def functional_tests(stack: Stack) -> None:
    """The functional tests' own stack: exit status 0, and another with a test that is broken on purpose."""
    stack.compose("down", "--volumes", "--remove-orphans")
    status, said = _run_tests(QUICK)
    require(status == 0, f"The functional tests fail:\n{said}")
    with tempfile.TemporaryDirectory() as folder:
        broken, override = Path(folder, "test_broken.py"), Path(folder, "compose.yaml")
        broken.write_text(BROKEN)
        mount = f"{broken}:/build/tests/functional/{broken.name}:ro"
        override.write_text(json.dumps({"services": {"tests": {"volumes": [mount]}}}))
        Path(folder).chmod(0o755)  # the container has a user of its own
        broken.chmod(0o644)
        status, said = _run_tests(f"tests/functional/{broken.name}", "-f", str(override))
    require(status == 1 and "test_broken_on_purpose" in said, f"A broken test went unnoticed:\n{said}")
    say(f"   0 as they are, {status} with one broken")


def _run_tests(tests: str, *more: str) -> tuple[int, str]:
    """Their exit status, and the end of what they printed; their stack is gone afterwards."""
    compose = ["docker", "compose", "-f", "tests/functional/compose.yaml", *more]
    up = [*compose, "up", "--exit-code-from", "tests"]
    try:
        environment = os.environ | {"TESTS": tests}
        done = subprocess.run(up, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        return done.returncode, done.stdout[-3000:]
    finally:
        subprocess.run([*compose, "down", "--volumes"], cwd=ROOT, capture_output=True, check=True)


STEPS: tuple[Callable[[Stack], None], ...] = (
    first_start,
    back_up,
    second_start,
    scale,
    rolling_restart,
    killed_api,
    killed_servers,
    back_to_one,
    folder_backups,
    functional_tests,
)


def catalogue(stack: Stack) -> dict[str, str]:
    """Digests of everything the API shows: every page of every list, searches, and the export."""
    until(lambda: stack.status("/health/ready") == 200, "readiness")
    shown = {path.partition("?")[0]: _digest(_walk(stack, path)) for path in PAGES}
    shown |= {f"search {query}": _digest([stack.get(_search(query))]) for query in SEARCHES}
    token = json.loads(stack.post("/api/v1/auth/login", VIEWER))["access_token"]
    export = stack.get("/api/v1/films/export?format=jsonl", authorization=f"Bearer {token}")
    return {**shown, "export": _digest([export]), "films": str(len(export.splitlines()))}


def describe(shown: dict[str, str]) -> str:
    digest = _digest([json.dumps(shown, sort_keys=True).encode()])
    return f"{shown['films']} films, digest of all that is shown {digest}"


def _walk(stack: Stack, path: str) -> Iterator[bytes]:
    for page in itertools.count(1):
        items = json.loads(stack.get(f"/api/v1{path}&page={page}"))["items"]
        if not items:
            return
        yield json.dumps(items, sort_keys=True).encode()


def _search(query: str) -> str:
    return "/api/v1/search?q=" + "".join(f"%{byte:02x}" for byte in query.encode())


def _digest(parts: Iterator[bytes] | list[bytes]) -> str:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.hexdigest()[:16]


def _ask_processes(stack: Stack, seen: Counter[str]) -> Counter[str]:
    """A request id begins with twelve digits of its process."""
    with urlopen(stack.address + "/health/live", timeout=10) as answer:  # noqa: S310 - our own address
        seen[answer.headers["x-request-id"][:12]] += 1
    return seen


@contextmanager
def load(stack: Stack) -> Iterator[Counter[int]]:
    """Two clients that ask for lists and searches, about forty a second; statuses are counted, 0 is no answer.

    503 says that a server is down or too slow, and after how many seconds to ask again: an answer, though a sad one.
    """
    answers: Counter[int] = Counter()
    stop = threading.Event()
    number = itertools.count()

    def ask() -> None:
        while not stop.is_set():
            page = next(number)
            answers[stack.status(f"/api/v1/films?page_size=20&page={page % 20 + 1}")] += 1
            stop.wait(PAUSE)
            answers[stack.status(_search(f"star {page % 50}"))] += 1
            stop.wait(PAUSE)

    clients = [threading.Thread(target=ask) for _ in range(2)]
    for client in clients:
        client.start()
    try:
        yield answers
    finally:
        stop.set()
        for client in clients:
            client.join()


def kill(container: str) -> Callable[[], bool]:
    """Tells afterwards whether it has recovered. Kills the process itself, so that Docker takes it for a crash:
    `docker kill` would keep it from starting again."""
    began, pid = inspect(container, "{{.State.StartedAt}} {{.State.Pid}}").split()
    run("kill", "-KILL", pid)
    return lambda: inspect(container, "{{.State.StartedAt}}") != began and health(container) == "healthy"


def health(container: str) -> str:
    return inspect(container, "{{if .State.Running}}{{.State.Health.Status}}{{end}}")


def inspect(container: str, what: str) -> str:
    return run("docker", "inspect", "--format", what, container)


def _image_size() -> str:
    total = int(run("docker", "image", "inspect", "--format", "{{.Size}}", "kinoteka:local"))
    base = int(run("docker", "image", "inspect", "--format", "{{.Size}}", "python:3.13-slim-bookworm"))
    return f"{total / 1e6:.0f} MB, {(total - base) / 1e6:.0f} MB of them on top of Python's"


def run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


def until(true: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not _try(true):
        require(time.monotonic() < deadline, f"Waited too long for {what}.")
        time.sleep(SLEEP)


def _try(true: Callable[[], bool]) -> bool:
    try:
        return true()
    except OSError:  # nobody answers yet
        return False


def require_no_other(answers: Counter[int], *allowed: int) -> None:
    require(not set(answers) - set(allowed), f"Requests were lost or answered wrongly: {dict(answers)}")


def require(true: bool, otherwise: str) -> None:
    if not true:
        raise SystemExit(otherwise)


if __name__ == "__main__":
    sys.exit(main())
