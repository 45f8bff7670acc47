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
