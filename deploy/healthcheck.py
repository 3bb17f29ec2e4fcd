"""Can the API in this container answer? Exit status 0 when it can; says why when it cannot."""

import os
import sys
from http.client import HTTPConnection

_PATIENCE = 9  # seconds


def main() -> int:
    connection = HTTPConnection("127.0.0.1", int(os.environ.get("KINOTEKA_PORT") or 8000), timeout=_PATIENCE)
    try:
        connection.request("GET", "/health/ready")
        answer = connection.getresponse()
        print(answer.read().decode())
    except OSError as error:
        print(f"No answer: {error}")
        return 1
    return 0 if answer.status == 200 else 1


if __name__ == "__main__":
    sys.exit(main())
