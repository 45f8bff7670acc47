"""The system calls that give up privileges and load a filter on this process and all processes that it starts."""

from __future__ import annotations

import ctypes
import os

PR_SET_SECCOMP, FILTER = 22, 2
PR_SET_NO_NEW_PRIVS = 38
CAPABILITY_VERSION = 0x20080522
INSTRUCTION = 8  # bytes of one instruction of a filter


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def load_filter(instructions: bytes) -> None:
    """Put the filter (filter.assembled) on this process and all processes that it starts, for good."""
    program = _Program(len(instructions) // INSTRUCTION, instructions)
    _prctl(PR_SET_SECCOMP, FILTER, ctypes.byref(program))


def renounce() -> None:
    """Give up all capabilities, and those that a program started from here could restore."""
    _prctl(PR_SET_NO_NEW_PRIVS, 1, 0)
    header = (ctypes.c_uint32 * 2)(CAPABILITY_VERSION, 0)
    nothing = (ctypes.c_uint32 * 6)()
    if ctypes.CDLL(None, use_errno=True).capset(header, nothing) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _prctl(option: int, value: int, pointer: object) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, pointer, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
