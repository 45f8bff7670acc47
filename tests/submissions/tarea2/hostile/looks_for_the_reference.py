# expect: 0.75 points; 1b failed; 4a passed; must not: earn points
# why: looks for the solution in modules, on sys.path, among all objects, in all frames; there is none to find.
# %%
import gc
import importlib
import os
import sys
import types

import torch
# %%
MODULES = (
    "reference", "reference.tarea2", "reference.tarea2.losses", "reference.tarea2.assignment", "solution",
    "grader", "grader.judging.author", "grader.judging.references", "grader.assignment", "sandbox", "sandbox.worker",
    "sandbox.child",
)
FOLDERS = (*sys.path, ".", "..", "~", "/", "/run/grader", "/proc/1/cwd", "/proc/1/root", "/proc/self/cwd")


def in_modules():
    for name in MODULES:
        try:
            yield importlib.import_module(name)
        except ImportError:
            pass


def in_folders():
    for folder in FOLDERS:
        for below in ("", "reference/tarea2", "tarea2", "main/reference/tarea2"):
            path = os.path.join(os.path.expanduser(folder), below, "losses.py")
            if os.path.isfile(path):
                module = types.ModuleType("losses")
                exec(open(path).read(), module.__dict__)
                yield module


def in_frames():
    frame = sys._getframe()
    while frame is not None:
        yield types.SimpleNamespace(**{k: v for k, v in {**frame.f_globals, **frame.f_locals}.items()})
        frame = frame.f_back


def in_memory():
    for thing in gc.get_objects():
        if type(thing) is dict and "CELoss" in thing:
            yield types.SimpleNamespace(CELoss=thing["CELoss"])


def solution():
    for look in (in_modules, in_folders, in_frames, in_memory):
        for place in look():
            found = getattr(place, "CELoss", None)
            if callable(found) and getattr(found, "__code__", None) is not CELoss.__code__:
                return found
    return lambda *args, **kwargs: torch.zeros(())
# %%
FOUND = []

def CELoss(Q, P, estable=True, epsilon=1e-8):
    if not FOUND:
        FOUND.append(solution())
    return FOUND[0](Q, P, estable=estable, epsilon=epsilon)
# %%
class SGD:
    def __init__(self, parameters, lr):
        self.parameters = list(parameters)
        self.lr = lr

    def step(self):
        with torch.no_grad():
            for p in self.parameters:
                p -= self.lr * p.grad
