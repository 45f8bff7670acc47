"""A stand-in for tqdm: it counts and iterates as tqdm does, and prints nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .inert import Inert


class ProgressBar(Inert):
    """A bar over an iterable; `n`, `total` and `desc` are kept."""

    def __init__(self, iterable: Any = None, desc: Any = None, total: Any = None, *args: Any, **kwargs: Any) -> None:
        self.iterable = iterable
        self.desc = desc or ""
        self.total = total
        if total is None and hasattr(iterable, "__len__"):
            self.total = len(iterable)
        self.n = kwargs.get("initial", 0)
        self.disable = bool(kwargs.get("disable"))
        self.leave = kwargs.get("leave", True)
        self.unit = kwargs.get("unit", "it")
        self.postfix: Any = kwargs.get("postfix")
        self.pos = 0

    def __iter__(self) -> Iterator[Any]:
        for item in () if self.iterable is None else self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        return len(self.iterable) if hasattr(self.iterable, "__len__") else int(self.total or 0)

    def __bool__(self) -> bool:
        return self.total > 0 if self.total is not None else self.iterable is not None

    def __contains__(self, item: Any) -> bool:
        return item in iter(self)

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def __str__(self) -> str:
        total = "?" if self.total is None else self.total
        return f"{self.desc}: {self.n}/{total}" if self.desc else f"{self.n}/{total}"

    @property
    def format_dict(self) -> dict[str, Any]:
        """The text that the bar would show."""
        return {"n": self.n, "total": self.total, "elapsed": 0.0, "rate": None, "prefix": self.desc, "unit": self.unit}

    def update(self, n: Any = 1) -> bool:
        """Count n more."""
        self.n += n
        return True

    def reset(self, total: Any = None) -> None:
        """Start again at 0."""
        self.n = 0
        self.total = self.total if total is None else total

    def set_description(self, desc: Any = None, refresh: Any = True) -> None:
        """Keep the text in front of the bar."""
        self.desc = f"{desc}: " if desc else ""

    def set_description_str(self, desc: Any = None, refresh: Any = True) -> None:
        """Keep the text in front of the bar."""
        self.desc = desc or ""

    def set_postfix(self, ordered_dict: Any = None, refresh: Any = True, **kwargs: Any) -> None:
        """Keep the values behind the bar."""
        values = {**dict(ordered_dict or {}), **kwargs}
        self.postfix = ", ".join(f"{key}={value}" for key, value in values.items())

    def set_postfix_str(self, s: Any = "", refresh: Any = True) -> None:
        """Keep the text behind the bar."""
        self.postfix = str(s)

    @staticmethod
    def write(*args: Any, **kwargs: Any) -> None:
        """Does nothing; tqdm.write prints above the bars."""

    @classmethod
    def pandas(cls, *args: Any, **kwargs: Any) -> None:
        """Does nothing; tqdm.pandas gives data frames a bar."""


def trange(*args: int, **kwargs: Any) -> ProgressBar:
    """A stand-in for tqdm.trange."""
    return ProgressBar(range(*args), **kwargs)


def tenumerate(iterable: Any, start: int = 0, *args: Any, **kwargs: Any) -> Iterator[Any]:
    """A stand-in for tqdm.contrib.tenumerate."""
    return enumerate(iterable, start)


def tzip(*iterables: Any, **kwargs: Any) -> Iterator[Any]:
    """A stand-in for tqdm.contrib.tzip."""
    return zip(*iterables, strict=False)


def tmap(function: Callable[..., Any], *iterables: Any, **kwargs: Any) -> Iterator[Any]:
    """A stand-in for tqdm.contrib.tmap."""
    return map(function, *iterables)


MEMBERS = {
    "tqdm": ProgressBar, "tqdm_notebook": ProgressBar, "tqdm_gui": ProgressBar,
    "trange": trange, "tnrange": trange, "tenumerate": tenumerate, "tzip": tzip, "tmap": tmap,
    # rich.progress, fastprogress, alive_progress
    "track": ProgressBar, "progress_bar": ProgressBar, "master_bar": ProgressBar, "alive_it": ProgressBar,
}  # fmt: skip
