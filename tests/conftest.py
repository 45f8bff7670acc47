"""Skip the tests that cannot run on this machine."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterable, Iterator

import pytest
import torch

from grader.sandbox.lane import Lane
from grader.sandbox.levels import Level, available
from grader.sandbox.limits import Limits

# The judge's processes set this as well; results must not depend on how many threads a machine has.
torch.set_num_threads(1)
# A shell that starts the suite in the background lets it ignore ^C, which the processes that it starts would inherit.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

LIBREOFFICE = shutil.which("soffice")
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


@pytest.fixture(scope="module")
def warm_lane() -> Iterator[Lane]:
    with Lane(Level.BWRAP, Limits()) as lane:
        yield lane


@pytest.fixture
def judged_here(warm_lane: Lane, monkeypatch: pytest.MonkeyPatch) -> None:
    """A `grade` in this process judges here, in one lane: the start of lanes takes most of a small class's time."""
    from .in_lane import engine_in

    for place in ("grader.judging.judge_pool", "grader.run.shards"):
        monkeypatch.setattr(f"{place}.judge_all", engine_in(warm_lane))


def pytest_collection_modifyitems(config: pytest.Config, items: Iterable[pytest.Item]) -> None:
    """Skip tests whose requirements this machine lacks. On CI a missing bubblewrap is an error, and not skipped."""
    bwrap = available(Level.BWRAP)
    if not bwrap.works and os.environ.get("GRADER_REQUIRE_BWRAP"):
        pytest.exit(f"the tests that need bubblewrap cannot run: {bwrap.reason}", returncode=1)
    named = os.environ.get("GRADER_NIGHTLY") or config.getoption("keyword") or any("::" in arg for arg in config.args)
    reasons = {
        "bwrap": "" if bwrap.works else bwrap.reason,
        "browser": "" if CHROMIUM else "Chromium is not installed",
        "calc": "" if LIBREOFFICE else "LibreOffice Calc is not installed",
        "cuda": "" if torch.cuda.is_available() else "no CUDA device",
        "verified": "" if named else "grade verify judges the same file; name it with -k",
        "nightly": "" if os.environ.get("GRADER_NIGHTLY") else "slow; runs with GRADER_NIGHTLY=1",
    }
    for item in items:
        for marker, reason in reasons.items():
            if reason and item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))
