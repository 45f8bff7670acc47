"""Names that newer versions of Python have in their standard library, for code that was written for these versions."""

from __future__ import annotations

import contextlib
import copy
import dataclasses
import itertools
import math
import random
import typing
import warnings
from collections.abc import Iterable, Iterator
from typing import Any


def batched(iterable: Iterable[Any], n: int, *, strict: bool = False) -> Iterator[tuple[Any, ...]]:
    """itertools.batched of Python 3.12: tuples of n items; the last one may be shorter unless `strict`."""
    if n < 1:
        raise ValueError("n must be at least one")
    items = iter(iterable)
    while batch := tuple(itertools.islice(items, n)):
        if strict and len(batch) < n:
            raise ValueError("batched(): incomplete batch")
        yield batch


def sumprod(p: Iterable[Any], q: Iterable[Any], /) -> Any:
    """math.sumprod of Python 3.12."""
    pairs = list(zip(p, q, strict=True))
    if any(isinstance(x, float) for pair in pairs for x in pair):
        return math.fsum(a * b for a, b in pairs)
    return sum(a * b for a, b in pairs)


def replace(obj: Any, /, **changes: Any) -> Any:
    """copy.replace of Python 3.13."""
    method = getattr(type(obj), "__replace__", None) or getattr(type(obj), "_replace", None)
    if method is None:
        return dataclasses.replace(obj, **changes)
    return method(obj, **changes)


def binomialvariate(n: int = 1, p: float = 0.5) -> int:
    """random.binomialvariate of Python 3.12."""
    return sum(random.random() < p for _ in range(n))


def override(method: Any, /) -> Any:
    """typing.override of Python 3.12."""
    with contextlib.suppress(AttributeError, TypeError):
        method.__override__ = True
    return method


def deprecated(message: str, /, **_: Any) -> Any:
    """warnings.deprecated of Python 3.13, without the warning."""
    return lambda decorated: decorated


def install() -> None:
    """Add the names that this Python lacks."""
    _add(itertools, batched=batched)
    _add(math, sumprod=sumprod)
    _add(copy, replace=replace)
    _add(random, binomialvariate=binomialvariate)
    _add(typing, override=override, TypeIs=typing.TypeGuard)
    _add(warnings, deprecated=deprecated)


def _add(module: Any, **members: Any) -> None:
    for name, member in members.items():
        if not hasattr(module, name):
            setattr(module, name, member)
