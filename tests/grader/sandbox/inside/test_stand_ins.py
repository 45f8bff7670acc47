"""Stand-ins for modules that answers do not need."""

from __future__ import annotations

from grader.sandbox.lane import Lane

from ..programs import called, started


def test_interactive_modules_are_inert(lane: Lane) -> None:
    """Plots, Colab, debuggers and input() do nothing, and a progress bar iterates."""
    remote = started(
        lane,
        """
        import matplotlib.pyplot as plt, ipdb, seaborn as sns
        from google.colab import drive
        from tqdm.notebook import tqdm
        from tqdm import trange
        from IPython.display import clear_output
        drive.mount('/content/drive'); clear_output(wait=True); ipdb.set_trace(); breakpoint(); sns.set()
        fig, (a, b) = plt.subplots(1, 2)
        with plt.style.context('x'): a.plot([1]); plt.show()
        get_ipython().run_line_magic('matplotlib', 'inline')
        bar = tqdm([1, 2], desc='x'); bar.set_description('y')
        total = sum(bar) + sum(trange(3)) + len(input('?'))
        """,
        "def result(): return total",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == 6


def test_the_self_check_of_a_notebook_has_nothing_to_say(lane: Lane) -> None:
    """`grader` is a stand-in here, installed or not: its check does nothing, and none of our modules is behind it."""
    remote = started(
        lane,
        """
        from grader import check
        import grader, grader.assignment.spec, grader.assignment.load as assignments
        told = [bool(check('1b')), str(check()), str(grader.assignment.spec.Assignment), str(assignments.load('.'))]
        files = [hasattr(m, '__file__') for m in (grader, grader.assignment.spec, assignments)]
        """,
        "def result(): return [told, files]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [[False, *["<inert>"] * 3], [False] * 3]


NUMBERS_TEXTS_ITERABLES_TYPES = """
from tqdm import tqdm; b = tqdm(total=9); b.update(3); b.n += 1; b.set_postfix(a=1) -> f'{b.n:4d}/{b.total} {b.postfix}'
from tqdm.auto import tqdm; b = tqdm([1, 2], 'x'); list(b) -> f'{b.n} {b.total} {len(b)}'
from tqdm import tqdm; b = tqdm([]) -> f'{isinstance(b, tqdm)} {bool(b)} {b.disable}'
import tqdm; b = tqdm.auto.trange(3) -> f'{sum(b)} {b.n} {isinstance(b, tqdm.tqdm)}'
from tqdm.contrib import tenumerate, tzip -> str([*tenumerate('ab'), *tzip('a', 'b')])
import matplotlib.pyplot as plt; _, ax = plt.subplots() -> f'{ax.get_ylim()[1] * 1.1:.2f} {ax.x:d} {ax.t:>3}'
import seaborn as sns; c = sns.palette() -> f'{1 + c - 2 < 3} {max(c, 1)} {int(c)} {-c == 0} {c % 3}' + '%.1f' % c
import matplotlib.pyplot as plt; f = plt.Figure -> str([isinstance(3, f), issubclass(f, object), f is plt.Figure])
import ipywidgets as w; Mine = type('Mine', (w.Box,), {}) -> str([type(Mine(3)) is Mine, isinstance(3, w.thing)])
import wandb; wandb.init(config={'lr': 0.5}) -> f'{wandb.config.lr} {wandb.config["lr"]} {wandb.run.config.lr}'
import wandb; from wandb.errors import CommError -> f'{issubclass(wandb.errors.UsageError, Exception)} {CommError("a")}'
import matplotlib; import warnings; warnings.simplefilter('ignore', matplotlib.MatplotlibDeprecationWarning) -> 'no'
import pandas as pd; d = pd.DataFrame([1]); d['a'] = d['b'] + d.c.mean(); del d['a'] -> str([*map(str, d)])
import os, wandb -> os.path.join(wandb.run.dir, 'a')
import numpy as np, seaborn as sns -> str(np.float64(3) * sns.x) + str(np.ones(2) + sns.y)
import importlib; plt = importlib.import_module('matplotlib.pyplot'); importlib.reload(plt) -> str(plt.x)
import torch.utils.tensorboard as tb -> str(tb.SummaryWriter().add_scalar('a', 1))
"""
VALUES = (
    *("   4/9 a=1", "2 2 2", "True False False", "3 3 True", "[(0, 'a'), (1, 'b'), ('a', 'b')]"),
    *("0.00 0   0", "True 1 0 True <inert>0.0", "[False, True, True]", "[True, False]", "0.5 0.5 0.5"),
    *("True a", "no", "['<inert>', '<inert>']", "a", "<inert><inert>", "<inert>", "<inert>"),
)


def test_stand_ins_behave_as_numbers_texts_iterables_and_types(lane: Lane) -> None:
    """Arithmetic, comparison, formatting, indexing, iteration, isinstance and subclasses work with stand-ins."""
    rows = [row.split(" -> ") for row in NUMBERS_TEXTS_ITERABLES_TYPES.strip().split("\n")]
    functions = [f"def f{k}():\n    {source}\n    return {value}" for k, (source, value) in enumerate(rows)]
    remote = started(
        lane, *functions, f"def result(): return [f() for f in ({', '.join(f'f{k}' for k in range(len(rows)))})]"
    )
    assert called(remote, "result") == list(VALUES)


def test_stand_ins_are_bases_and_bring_their_names(lane: Lane) -> None:
    """A class may inherit from stand-ins that are functions or classes, and a star brings the usual names."""
    remote = started(
        lane,
        "import ipywidgets as w, wandb",
        "class Mine(w.thing, w.Box, w.other):\n    def f(self): return 2",
        "try: 1 / 0\nexcept (wandb.errors.CommError, wandb.x.FirstError, ZeroDivisionError): n = 1",
        "from matplotlib.pyplot import *",
        "from pylab import *",
        "def result(): plot([1]); show(); return [Mine(1).f(), n, float(cos(0.0))]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [2, 1, 1.0]


def test_an_installed_library_sees_no_stand_in(lane: Lane) -> None:
    """A library that looks for pandas or tqdm finds the installed one or none, also after a cell imported it."""
    remote = started(
        lane,
        "import pandas, tqdm, matplotlib.pyplot, IPython",
        "from sklearn.metrics import accuracy_score\ndef f(): return float(accuracy_score([1, 0], [1, 1]))",
        "import scipy.stats",
        "def result():\n    import narwhals.dependencies as d\n    return [f(), bool(d.get_pandas()), scipy.__name__]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [0.5, False, "scipy"]


def test_methods_that_course_libraries_add(lane: Lane) -> None:
    """d2l's add_to_class and fastcore's patch work where these libraries are not installed."""
    remote = started(
        lane,
        """
        from d2l import torch as d2l
        from fastcore.all import patch
        from fastcore.basics import patch_to
        class A(d2l.HyperParameters):
            def __init__(self, n, m=2): self.save_hyperparameters()
        """,
        "@d2l.add_to_class(A)\ndef f(self): return self.n + self.m",
        "@patch\ndef g(self: A): return self.f() + 1\n@patch(as_prop=True)\ndef h(self: A): return self.g() + 1",
        "@patch_to(A)\ndef k(self): return self.h + 1\n@patch\ndef make(cls: A): return cls(5)",
        "def result(): return [A(1).k(), A.make().n]",
    )
    assert remote.load_errors == ()
    assert called(remote, "result") == [6, 5]
