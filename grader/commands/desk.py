"""`grade desk`: the page on which people mark answers."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

from ..console import account, console, show
from ..errors import UsageError
from .options import Word


@contextlib.contextmanager
def needs_desk() -> Iterator[None]:
    """Import something of the desk; UsageError if a package of the extra is missing."""
    try:
        yield
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("starlette", "uvicorn", "nh3", "mistune", "multipart"):
            raise UsageError(f"the desk needs {missing.name}: pip install 'tensorgrade[desk]'") from missing
        raise


def desk(*, out: Path = Path("reports"), port: int = 0, browser: bool = True, marker: Annotated[str, Word] = "") -> int:
    """Open a page on this machine on which you mark answers; it needs pip install 'tensorgrade[desk]'.

    Parameters
    ----------
    out
        The folder of the report.
    port
        The port on 127.0.0.1; default: a free one.
    browser
        Open the browser.
    marker
        Your name; default: the name of your account. Others who use this desk change it on the page.
    """
    with needs_desk():
        from ..desk.serve import serve

    def told(line: str) -> None:
        show(console(), line)

    serve(out, port, browser, marker or account(), told)
    return 0
