"""The runs of known mistakes that the judges of a machine share, so that each is made once: a file that only grows."""

from __future__ import annotations

import contextlib
import json
import os
import struct
import tempfile
from collections.abc import Iterable, Mapping

from ..sandbox.inside.wire import Malformed, decode, encode
from .author import Place
from .trials import Results

SIZES = struct.Struct(">II")  # of a record's key and its value
# What was run, on which rows ("" for the test's own), and with which mistakes.
Run = tuple[Place, str, tuple[str, ...]]


class SharedRuns:
    """Made before the judges are forked. Each of them appends what it has run, and reads what the others appended.

    A record is written by one call of the kernel, so records do not mix; one that is not complete yet is read later.
    """

    def __init__(self) -> None:
        with tempfile.NamedTemporaryFile() as file:  # without a name it cannot be opened for appending
            self._file = os.open(file.name, os.O_RDWR | os.O_APPEND)
        self._read = 0
        self._found: dict[bytes, bytes] = {}

    def __del__(self) -> None:
        with contextlib.suppress(OSError):
            os.close(self._file)

    def found(self, runs: Iterable[Run]) -> dict[Run, Results | None]:
        """Those of these runs that some judge has made."""
        self._catch_up()
        known = {run: self._found.get(_key(run)) for run in runs}
        return {run: _results(value) for run, value in known.items() if value is not None}

    def add(self, made: Mapping[Run, Results | None]) -> None:
        """Tell the other judges; a value that cannot be written is left out."""
        for run, results in made.items():
            with contextlib.suppress(Malformed, OSError):
                value = encode(None if results is None else [dict(results.values), sorted(results.wrong)])
                key = _key(run)
                os.write(self._file, SIZES.pack(len(key), len(value)) + key + value)

    def _catch_up(self) -> None:
        size = os.fstat(self._file).st_size
        data = os.pread(self._file, size - self._read, self._read) if size > self._read else b""
        start = 0
        while start + SIZES.size <= len(data):
            key, value = SIZES.unpack_from(data, start)
            first = start + SIZES.size
            end = first + key + value
            if end > len(data):
                break
            self._found[data[first : first + key]] = data[first + key : end]
            start = end
        self._read += start


def _key(run: Run) -> bytes:
    place, rows, names = run
    return json.dumps([place.question, place.test, place.case, rows, names]).encode()


def _results(value: bytes) -> Results | None:
    found = decode(value)
    return None if found is None else Results(found[0], frozenset(found[1]))
