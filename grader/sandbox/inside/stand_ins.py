"""The modules that are replaced for the student's own code: plots, progress bars, trackers, debuggers.

The importing code decides. The student's cells and files get the stand-in; an installed library gets the module that is
installed, or the usual error.
"""

from __future__ import annotations

import builtins
import importlib
import os
import site
import sys
import sysconfig
import types
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch

from . import added_methods, progress
from .inert import Inert, InertModule, module
from .replaced import ALWAYS, WHEN_MISSING

# Modules whose parent is real.
PARTS = ("torch.utils.tensorboard",)

PYPLOT = (
    "annotate", "axhline", "axis", "axvline", "bar", "barh", "cla", "clf", "close", "colorbar", "contour", "contourf",
    "draw", "errorbar", "figure", "fill_between", "gca", "gcf", "grid", "hist", "imshow", "ioff", "ion", "legend",
    "loglog", "matshow", "pause", "pcolormesh", "plot", "quiver", "rc", "savefig", "scatter", "semilogx", "semilogy",
    "show", "step", "subplot", "subplots", "suptitle", "text", "tight_layout", "title", "xlabel", "xlim", "xscale",
    "xticks", "ylabel", "ylim", "yscale", "yticks",
)  # fmt: skip
# Submodules that are often reached without an import of their own.
SUBMODULES: Mapping[str, Sequence[str]] = {
    "tqdm": ("auto", "notebook", "contrib", "std"),
    "rich": ("progress",),
    "d2l": ("torch",),
    "fastcore": ("all", "basics", "foundation", "utils"),
    "matplotlib": ("pyplot",),
    "wandb": ("errors",),
}
# The names that `from module import *` brings.
STARS: Mapping[str, Sequence[str]] = {
    "matplotlib.pyplot": PYPLOT,
    "pylab": PYPLOT,
    "matplotlib.pylab": PYPLOT,
    "IPython.display": ("Audio", "HTML", "Image", "Latex", "Markdown", "Math", "SVG", "clear_output", "display"),
    "ipywidgets": (
        "Button", "Checkbox", "Dropdown", "FloatSlider", "HBox", "IntSlider", "Output", "Text", "VBox",
        "fixed", "interact", "interact_manual", "interactive",
    ),
    "tqdm": ("tqdm", "trange"),
    "tqdm.auto": ("tqdm", "trange"),
    "tqdm.notebook": ("tqdm", "trange"),
}  # fmt: skip


class Config(dict[str, Any]):
    """The settings of a tracked run (wandb.config): what is put in comes out again."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self.get(name, Inert())

    def __setattr__(self, name: str, value: Any) -> None:
        self[name] = value

    def update(self, *args: Any, **kwargs: Any) -> None:
        for given in (*(a for a in args if isinstance(a, Mapping)), kwargs):
            super().update(given)


def _wandb() -> InertModule:
    config = Config()

    class Run(Inert):
        def log(self, *args: Any, **kwargs: Any) -> None:
            pass

    run = Run()
    vars(run)["config"] = config

    def init(*args: Any, config: Any = None, **kwargs: Any) -> Any:
        run.config.update(config if isinstance(config, Mapping) else vars(config) if config is not None else {})
        return run

    return module("wandb", config=config, init=init, run=run)


def _made(name: str) -> InertModule:
    """A new stand-in for a module."""
    top = name.partition(".")[0]
    made = _wandb() if name == "wandb" else module(name, **MEMBERS.get(top, {}))
    made.__all__ = STARS.get(name, tuple(MEMBERS.get(top, ())))
    if name in ("pylab", "matplotlib.pylab") and "numpy" in sys.modules:
        numpy = sys.modules["numpy"]
        vars(made).update({name: getattr(numpy, name) for name in numpy.__all__})
        made.__all__ = (*made.__all__, *numpy.__all__)
    return made


MEMBERS: Mapping[str, Mapping[str, Any]] = {
    **dict.fromkeys(("tqdm", "alive_progress", "fastprogress", "rich"), progress.MEMBERS),
    **dict.fromkeys(("d2l", "fastcore"), added_methods.MEMBERS),
}


class StandIns:
    """The stand-ins of one process, and the import functions that hand them out."""

    def __init__(self) -> None:
        self.modules: dict[str, InertModule] = {}
        self._import: Callable[..., types.ModuleType] = builtins.__import__
        self._import_module = importlib.import_module
        self._reload = importlib.reload

    def module(self, name: str) -> InertModule:
        """The stand-in of this name; those of its parents have it as an attribute."""
        if name not in self.modules:
            self.modules[name] = _made(name)
            for part in SUBMODULES.get(name, ()):
                self.module(f"{name}.{part}")
            parent, _, last = name.rpartition(".")
            if parent and name not in PARTS:
                found = self.module(parent)
                if last not in vars(found) or isinstance(vars(found)[last], Inert):
                    setattr(found, last, self.modules[name])
        return self.modules[name]

    def _instead(self, name: str, real: Callable[[], Any]) -> InertModule | None:
        """The stand-in of a module, or None: its name is not in the lists, or it is installed."""
        top = name.partition(".")[0]
        if top in ALWAYS or name in PARTS:
            return self.module(name)
        if top not in WHEN_MISSING:
            return None
        try:
            real()
        except ModuleNotFoundError as error:
            if error.name == top:
                return self.module(name)
        return None

    def import_(
        self, name: str, globals: Any = None, locals: Any = None, fromlist: Any = (), level: int = 0
    ) -> types.ModuleType:
        """The import statement of all code."""
        real = self._import
        if level or (name.partition(".")[0] not in REPLACED and name not in PARTS):
            return real(name, globals, locals, fromlist, level)
        if is_library(globals if globals is not None else sys._getframe(1).f_globals):
            return real(name, globals, locals, fromlist, level)
        found = self._instead(name, lambda: real(name, globals, locals, (), 0))
        if found is None or (name in PARTS and not fromlist):
            return real(name, globals, locals, fromlist, level)
        if fromlist:
            return found
        return self.module(name.partition(".")[0])

    def import_module(self, name: str, package: str | None = None) -> types.ModuleType:
        """importlib.import_module for all code."""
        real = self._import_module
        if not isinstance(name, str) or is_library(sys._getframe(1).f_globals):
            return real(name, package)
        return self._instead(name, lambda: real(name)) or real(name, package)

    def reload(self, module: types.ModuleType) -> types.ModuleType:
        """importlib.reload; a stand-in stays as it is."""
        return module if isinstance(module, InertModule) else self._reload(module)


REPLACED = ALWAYS | WHEN_MISSING


def _library_folders() -> tuple[str, ...]:
    """The folders of Python and of installed packages."""
    found = {sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    found |= {*site.getsitepackages(), site.getusersitepackages(), os.path.dirname(os.path.dirname(torch.__file__))}
    return tuple(folder.rstrip(os.sep) + os.sep for folder in found if folder)


LIBRARIES = _library_folders()


def is_library(names: Mapping[str, Any]) -> bool:
    """Whether the code with these globals belongs to Python or to an installed package."""
    file = names.get("__file__")
    return isinstance(file, str) and file.startswith(LIBRARIES)


def install() -> None:
    """Put the stand-ins in place in this process: modules, get_ipython, display, input, breakpoint."""
    found = StandIns()
    builtins.__import__ = found.import_
    importlib.import_module = found.import_module
    importlib.reload = found.reload
    for name, stand_in in {"get_ipython": Inert, "display": Inert, "input": _input}.items():
        setattr(builtins, name, stand_in)
    sys.breakpointhook = Inert
    for name in PARTS:
        sys.modules[name] = found.module(name)


def _input(prompt: object = "", /) -> str:
    """The empty answer: nobody is there to type one."""
    return ""
