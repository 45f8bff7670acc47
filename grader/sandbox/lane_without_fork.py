"""A lane without a sandbox, for students who check their own code: one process per life of a program, on any system."""

from __future__ import annotations

import contextlib
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

from ..errors import CallTimedOut, SandboxUnavailable, WireError, WorkerDied
from ..messages import say
from .connection import Connection, ended_with
from .inside import own_files
from .inside.wire import LENGTH, Malformed, encode, frame_length, framed
from .lane import READY_S, ResourceUsage
from .levels import OWN_FOLDER, interpreter, site_folders
from .limits import WALL_FACTOR, Limits

# Seconds that a process may take to end after its pipe has closed.
LAST_WORD_S = 2.0
CHUNK = 1 << 16


class _Process:
    """A worker with threads that read its answers and its output, since not every system can wait for pipes."""

    def __init__(self, settings: Mapping[str, Any], limits: Limits) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="grade-"))
        self.frames: queue.Queue[bytes | Malformed | None] = queue.Queue()
        self.printed = bytearray()
        self.dropped = 0
        self._room = limits.output_kb * 1024
        paths = [str(OWN_FOLDER), *(str(p) for p in site_folders())]
        self.process = subprocess.Popen(
            [interpreter(), "-P", "-m", "inside.worker_without_fork"],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(paths),
                "PYTHONDONTWRITEBYTECODE": "1",
                "PYTHONUNBUFFERED": "1",
                "PYTHONIOENCODING": "utf-8",
                "PYTHONHASHSEED": "0",
                "OMP_NUM_THREADS": "1",
                "MKL_NUM_THREADS": "1",
            },
            cwd=self.folder,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=sys.platform != "win32",
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        for target, stream in ((self._read_frames, self.process.stdout), (self._read_output, self.process.stderr)):
            threading.Thread(target=target, args=(stream,), daemon=True).start()
        # In a thread: the sources may be longer than a pipe holds, and the process reads them once torch is loaded.
        threading.Thread(target=self.send, args=(framed(encode(dict(settings))),), daemon=True).start()

    def wait_ready(self) -> None:
        """Return when torch is loaded, so that no student's call waits for torch; otherwise SandboxUnavailable."""
        with contextlib.suppress(queue.Empty):
            if isinstance(self.frames.get(timeout=READY_S), bytes):
                return
        self.kill()
        said = self.printed.decode("utf-8", "replace").strip().splitlines()[-1:]
        raise SandboxUnavailable(f"the process for your code did not start: {' '.join(said) or 'it said nothing'}")

    def send(self, data: bytes) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):  # the process has ended: the reading side says how
            self.process.stdin.write(data)
            self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            with contextlib.suppress(OSError):
                if stream is not None:
                    stream.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _read_frames(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):  # closed while we read
            while len(prefix := stream.read(LENGTH.size)) == LENGTH.size:
                try:
                    self.frames.put(stream.read(frame_length(prefix)))
                except Malformed as error:
                    self.frames.put(error)
                    break
        self.frames.put(None)

    def _read_output(self, stream: IO[bytes]) -> None:
        with contextlib.suppress(OSError, ValueError):
            while data := stream.read1(CHUNK):  # type: ignore[attr-defined]
                room = max(self._room - len(self.printed), 0)
                self.printed += data[:room]
                self.dropped += len(data[room:])


class OwnConnection(Connection):
    """The channel to a program that has its own process."""

    def __init__(self, process: _Process) -> None:
        self._process = process
        self._reset()

    @property
    def output(self) -> str:
        return self._shown(self._process.printed, self._process.dropped)

    def look_again(self) -> None:
        """Nothing here knows how long the process had no CPU."""

    def _answered(self, request: bytes, seconds: float) -> bytes:
        if request:  # not for one more reply to an earlier request
            self._process.send(request)
        try:
            left = self._began + WALL_FACTOR * seconds - time.monotonic()
            payload = self._process.frames.get(timeout=max(left, 0.001))
        except queue.Empty:
            self._process.process.kill()
            raise CallTimedOut(round(seconds, 1)) from None
        if isinstance(payload, Malformed):
            raise WireError(f"the worker sent {payload}")
        if payload is None:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._ended = ended_with(self._process.process.wait(LAST_WORD_S))
                raise self._ended
            raise WorkerDied(say("the process closed its connection in the middle of the call"))
        self.received += len(payload)
        return payload

    def close(self) -> None:
        self._process.kill()
        self._ended = self._ended or WorkerDied(say("the process of this submission has already ended"))


class OwnLane:
    """The place where students' own programs run: `begin` each, then `end` it.

    `spare` keeps a warm process for the next program; the other arguments are those of a Lane.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        forbidden: Sequence[str] = (),
        *,
        preload: Sequence[str] = (),
        sources: Sequence[str] = (),
        files: Sequence[Path] = (),
        spare: bool = False,
    ) -> None:
        self.limits = limits or Limits()
        self._settings = {"forbidden": list(forbidden), "preload": list(preload), "sources": list(sources)}
        self._files = {file.name: str(file) for file in files}
        self._spare = spare
        self._waiting: _Process | None = None
        self._connection: OwnConnection | None = None

    def __enter__(self) -> OwnLane:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def start(self) -> None:
        """Start a process and return at once; the process loads torch meanwhile."""
        if self._waiting is None:
            self._waiting = _Process(self._settings, self.limits)

    def begin(self, files: Sequence[tuple[str, bytes]] = ()) -> OwnConnection:
        """A fresh process for a program, with copies of the student's files where it runs."""
        self.end()
        self.start()
        process, self._waiting = self._waiting, None
        assert process is not None
        process.wait_ready()
        own_files.write(str(process.folder), files)
        process.send(framed(encode({"files": self._files, "own": str(process.folder) if files else ""})))
        if self._spare:
            self.start()
        self._connection = OwnConnection(process)
        return self._connection

    def end(self) -> ResourceUsage:
        """End the running program, if any; its output."""
        connection, self._connection = self._connection, None
        if connection is None:
            return ResourceUsage()
        connection.close()
        return ResourceUsage(output=connection.output, counted_s=connection.counted_s)

    def close(self) -> None:
        """End everything."""
        self.end()
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            waiting.kill()
