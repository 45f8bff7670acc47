"""The command: it prints an address with a token, ends on ^C, and refuses in one sentence."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

pytest.importorskip("uvicorn")

from ...tiny import GRADE, grade
from .rooms import graded

Capture = pytest.CaptureFixture[str]


def test_it_serves_its_address_until_a_ctrl_c(tmp_path: Path) -> None:
    """The printed address opens the desk, without its token nothing opens, and ^C ends with status 0."""
    out = graded(tmp_path)
    command = [GRADE, "desk", "--out", out, "--no-browser"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as desk:
        try:
            assert desk.stdout is not None
            address = desk.stdout.readline().split()[-1]
            desk.stdout.readline()
            opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
            with opener.open(address, timeout=60) as page:
                assert b"Answers to read" in page.read()
            with pytest.raises(urllib.error.HTTPError, match="403") as refused:
                urllib.request.urlopen(address.partition("?")[0], timeout=60)
            refused.value.close()
            desk.send_signal(signal.SIGINT)
            said, _ = desk.communicate(timeout=60)
        finally:
            desk.kill()
    assert (desk.returncode, said) == (0, "The desk is closed.\n")


def test_what_cannot_be_opened_is_one_sentence(
    capsys: Capture, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No gradebook, a port that is taken, and an installation without the extra."""
    assert "grade first" in grade(capsys, "desk", "--out", tmp_path, "--no-browser").error
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        said = grade(capsys, "desk", "--out", graded(tmp_path / "r"), "--no-browser", "--port", port)
    assert "choose another --port" in said.error
    for name in [name for name in sys.modules if name.startswith(("starlette", "grader.desk"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    assert "pip install 'tensorgrade[desk]'" in grade(capsys, "desk", "--out", tmp_path / "r" / "out").error
