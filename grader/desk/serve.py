"""Start the desk on this machine only, open the browser, and end on ^C."""

from __future__ import annotations

import contextlib
import secrets
import socket
import threading
import webbrowser
from collections.abc import Callable
from pathlib import Path

import uvicorn

from ..errors import UsageError
from .app import desk
from .classroom import Classroom

ADDRESS = "127.0.0.1"


def serve(out: Path, port: int, browser: bool, marker: str, tell: Callable[[str], None]) -> None:
    """Serve the desk of a report until ^C; `port` 0 takes a free one. UsageError if the port is taken."""
    room = Classroom(out)
    with contextlib.closing(_socket(port)) as listening:
        taken = listening.getsockname()[1]
        token = secrets.token_urlsafe(24)
        where = f"http://{ADDRESS}:{taken}/?token={token}"
        tell(f"The desk is open: {where}")
        tell("Press ^C to close it; every mark is kept as soon as the page says so.")
        # The marks of a person who closes the desk must not wait for a browser that keeps its connection open.
        config = uvicorn.Config(
            desk(room, taken, token, marker), log_level="critical", lifespan="off", timeout_graceful_shutdown=1
        )
        if browser:
            opening = threading.Timer(0.3, webbrowser.open, (where,))
            opening.daemon = True
            opening.start()
        with contextlib.suppress(KeyboardInterrupt):
            uvicorn.Server(config).run(sockets=[listening])
    room.book.close()
    tell("The desk is closed.")


def _socket(port: int) -> socket.socket:
    listening = socket.socket()
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((ADDRESS, port))
        listening.listen(128)  # who opens the address at once waits, and is not refused
    except (OSError, OverflowError) as error:
        listening.close()
        raise UsageError(f"port {port} cannot be used ({error}): choose another --port") from error
    return listening
