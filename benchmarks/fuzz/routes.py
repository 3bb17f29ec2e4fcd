"""Every route of an embedded server, asked by schemathesis as an administrator: one by one, and in chains in which a
request takes what the one before answered."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, STDOUT, create_subprocess_exec
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.serving import PATIENCE, Server, ServerError

ROUTES = "routes"
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
ENDING = (
    "logout",
    "logoutAll",
    "endSession",
    "endOtherSessions",
    "endSessionsOfUser",
    "deleteMe",
    "deleteUser",
    "changeUser",
    "changePhone",
)
"""They end the session that the rest is asked with."""
_UNLIMITED = {
    "KINOTEKA_DEMO": "true",
    "KINOTEKA_REGISTRATIONS_PER_HOUR": "0",
    "KINOTEKA_EXPORTS_PER_HOUR": "0",
    "KINOTEKA_ACCESS_TOKEN_SECONDS": "3600",
}
_PHONE, _PASSPHRASE = "+380671112233", "three otters at noon"


async def fuzz_routes(folder: Path, seconds: int) -> tuple[int, str]:
    """How many requests were made, and what was found; a 5xx that the server logged counts, too."""
    with TemporaryDirectory(prefix="kinoteka-fuzz-") as name:
        data = Path(name) / "data"
        server = Server(data, environment=_UNLIMITED)
        try:
            address = (await server.start()).address or ""
            token = await _sign_in(data, address)
            status, said = await _ask(address, token, folder, seconds)
            lost = await find_sign_out(address, token)
        finally:
            await server.stop(signal.SIGTERM)
        logged = (data.parent / "serve.log").read_text(errors="replace")
    (folder / "log").write_text(said)
    (folder / "serve.log").write_text(logged)
    errors = [line for line in logged.splitlines() if '"server error"' in line]
    finding = "\n".join([said[-6000:] if status else "", lost, *errors[:5]]).strip()
    return logged.count('"event":"request"'), finding


async def _sign_in(data: Path, address: str) -> str:
    process = await create_subprocess_exec(
        *(sys.executable, "-m", "kinoteka", "users", "create-admin", _PHONE),
        env=os.environ | {"KINOTEKA_DATA": str(data)},
        stdin=PIPE,
        stdout=DEVNULL,
    )
    await process.communicate(f"{_PASSPHRASE}\n".encode())
    if process.returncode:
        raise ServerError("There is no administrator to ask as.")
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        async with asyncio.timeout(PATIENCE):
            while (await http.get("/health/ready")).status_code != 200:  # noqa: ASYNC110 - another process's state
                await asyncio.sleep(0.1)
        account = {"phone": _PHONE, "password": _PASSPHRASE}
        return str((await http.post("/api/v1/auth/login", json=account)).raise_for_status().json()["access_token"])


async def find_sign_out(address: str, token: str) -> str:
    """Empty when the token still holds: whoever was signed out half-way saw nothing but 401 from then on."""
    async with httpx.AsyncClient(base_url=address, timeout=60) as http:
        status = (await http.get("/api/v1/me", headers={"Authorization": f"Bearer {token}"})).status_code
    return "" if status == 200 else f"The administrator was signed out meanwhile: GET /me answers {status}."


async def _ask(address: str, token: str, folder: Path, seconds: int) -> tuple[int, str]:
    process = await create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")),
        f"--config-file={CONFIGURATION}",
        *("run", f"{address}/openapi.json", "--phases=fuzzing,stateful", f"--max-time={seconds}"),
        *(
            f"--header=Authorization: Bearer {token}",
            "--header=If-Match: *",
            "--exclude-checks=positive_data_acceptance",
            "--no-color",
        ),
        *("--continue-on-failure", *(f"--exclude-operation-id={name}" for name in ENDING)),
        cwd=folder,
        stdout=PIPE,
        stderr=STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), seconds + 300)
    return process.returncode or 0, said.decode(errors="replace")
