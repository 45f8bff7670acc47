"""Numbers of the system calls."""

from __future__ import annotations

import ctypes
import ctypes.util

import pytest

from grader.sandbox.filter import ARCHITECTURES
from grader.sandbox.syscalls import NUMBERS


def test_the_numbers_are_those_of_libseccomp() -> None:
    """The library, where it is installed, gives the same number for every call on both architectures."""
    path = ctypes.util.find_library("seccomp")
    if path is None:
        pytest.skip("no libseccomp to compare with")
    resolve = ctypes.CDLL(path).seccomp_syscall_resolve_name_arch
    for call, numbers in NUMBERS.items():
        for (column, architecture), number in zip(ARCHITECTURES.values(), numbers, strict=True):
            found = resolve(ctypes.c_uint32(architecture), call.encode())
            # The library has negative numbers for calls that an architecture lacks, and -1 for calls unknown to it.
            assert found in (number, -1) if number is not None else found < 0, (call, column)
