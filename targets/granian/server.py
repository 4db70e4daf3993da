"""Starts the echo server. TLS when TLS_CERT and TLS_KEY name PEM files."""

import os
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces


def path(name):
    return Path(os.environ[name]) if name in os.environ else None


if __name__ == "__main__":
    Granian(
        "app:echo",
        os.environ.get("HOST", "127.0.0.1"),
        int(os.environ.get("PORT", "9001")),
        interface=Interfaces.ASGINL,
        log_enabled=False,
        ssl_cert=path("TLS_CERT"),
        ssl_key=path("TLS_KEY"),
        working_dir=Path(__file__).parent,
    ).serve()
