"""Inert stand-ins for modules that matter only when a person watches: plots, progress bars, debuggers."""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import opcode
import sys
import types
from collections.abc import Iterator, MutableSequence, Sequence
from typing import Any

# Always replaced, also where they are installed: a grade must not depend on what is installed, and matplotlib alone
# takes 0.4 s to import. `grader` is the self-check in students' notebooks, which does nothing here.
ALWAYS = frozenset(
    {
        "grader",
        *("google", "ipdb", "pdb", "IPython", "ipywidgets", "tqdm"),
        *("matplotlib", "pylab", "seaborn", "plotly", "tensorboardX", "torchviz", "torchsummary"),
    }
)
# Replaced only where they are missing: their values may matter where they exist.
WHEN_MISSING = frozenset(
    {
        *("pandas", "torchvision", "sklearn", "scipy", "PIL", "cv2", "tensorflow", "keras"),
        *("requests", "wget", "gdown"),
    }
)


UNPACK_SEQUENCE = opcode.opmap["UNPACK_SEQUENCE"]


class Inert:
    """An object whose attributes, calls, items and contexts are the object itself."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass

    def __getattr__(self, name: str) -> Any:
        # Python looks for special methods on its own (copy, pickle); it must not find them.
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        # As a decorator it changes nothing.
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]
        return self

    def __getitem__(self, key: Any) -> Any:
        return self

    def __setitem__(self, key: Any, value: Any) -> None:
        pass

    # `fig, (a, b) = plt.subplots(1, 2)` asks for as many items as there are names. The calling instruction tells
    # their number; elsewhere it is two, as for subplots, the usual case.
    def __iter__(self) -> Iterator[Any]:
        caller = sys._getframe(1)
        code, place = caller.f_code.co_code, caller.f_lasti
        count = code[place + 1] if place >= 0 and code[place] == UNPACK_SEQUENCE else 2
        return iter((self,) * count)

    def __len__(self) -> int:
        return 0

    def __bool__(self) -> bool:
        return False

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: object) -> None:
        pass

    def __repr__(self) -> str:
        return "<inert>"


class ProgressStandIn(Inert):
    """A stand-in for tqdm: it iterates over its argument."""

    def __init__(self, iterable: Any = (), *args: Any, **kwargs: Any) -> None:
        self._iterable = kwargs.get("iterable", iterable)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._iterable)

    def __len__(self) -> int:
        return len(self._iterable)

    def __bool__(self) -> bool:
        return True

    @staticmethod
    def write(*args: Any, **kwargs: Any) -> None:
        """Does nothing; tqdm.write prints above the bars."""


def trange(*args: int, **kwargs: Any) -> ProgressStandIn:
    """A stand-in for tqdm.trange."""
    return ProgressStandIn(range(*args))


TQDM = {"tqdm": ProgressStandIn, "tqdm_notebook": ProgressStandIn, "trange": trange, "tnrange": trange}


class InertModule(types.ModuleType):
    """A module whose attributes and submodules are all inert."""

    __path__: MutableSequence[str] = []  # noqa: RUF012 (the type of a module's own attribute)
    __all__: Sequence[str] = ()

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        if self.__name__.partition(".")[0] == "tqdm":
            return TQDM.get(name, Inert())
        return Inert()


class _Loader(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> types.ModuleType:
        return InertModule(spec.name)

    def exec_module(self, module: types.ModuleType) -> None:
        pass


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, names: frozenset[str]) -> None:
        self.names = names

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: types.ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname.partition(".")[0] not in self.names:
            return None
        return importlib.machinery.ModuleSpec(fullname, _Loader(), is_package=True)


def install() -> None:
    """Put the stand-ins in place in this process: modules, get_ipython, display, input, breakpoint."""
    for name in [name for name in sys.modules if name.partition(".")[0] in ALWAYS]:
        del sys.modules[name]
    sys.meta_path.insert(0, _Finder(ALWAYS))
    sys.meta_path.append(_Finder(WHEN_MISSING))
    for name, stand_in in {"get_ipython": Inert, "display": Inert, "input": _input}.items():
        setattr(builtins, name, stand_in)
    sys.breakpointhook = Inert
    sys.modules["torch.utils.tensorboard"] = InertModule("torch.utils.tensorboard")


def _input(prompt: object = "", /) -> str:
    """The empty answer: nobody is there to type one."""
    return ""
