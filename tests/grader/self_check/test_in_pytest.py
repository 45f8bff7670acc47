"""`pytest tarea2.ipynb`: a notebook's checks behave as tests do."""

from __future__ import annotations

import json
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import grader.self_check.check  # noqa: F401 (once: each run within this process forgets what it imports)
from grader.judging.judge import Judge
from grader.sandbox.levels import Level

from .. import students
from ..released import handed_out
from ..students import RIGHT_LOSS, SLOPE, SUMMED_LOSS, WRONG_SLOPE

pytest_plugins = ["pytester"]

MEAN = "tarea2.ipynb::1b::valor[[]promedio sobre el lote]"  # as a pattern
ZERO = "tarea2.ipynb::1b::estable=True con probabilidad 0[[]probabilidad 0]"


@pytest.fixture(autouse=True)
def _not_on_ci(kept_lanes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """On CI, pytest repeats whole messages in its summary."""
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.delenv("BUILD_NUMBER", raising=False)


def run(pytester: pytest.Pytester, *arguments: str) -> pytest.RunResult:
    return pytester.runpytest_inprocess("-p", "no:cacheprovider", *arguments)


def said(result: pytest.RunResult) -> str:
    return "\n".join(result.outlines)


def test_the_ids_are_those_of_the_questions(pytester: pytest.Pytester) -> None:
    """The ids are file, question, check and case, in the notebook's language or the requested one; nothing is run."""
    students.copy(pytester.path)
    run(pytester, "--collect-only", "-q").stdout.fnmatch_lines([MEAN, ZERO, "tarea2.ipynb::2a::*"])
    english = run(pytester, "--collect-only", "-q", "--grader-lang", "en")
    english.stdout.fnmatch_lines(["tarea2.ipynb::1b::value[[]mean over the batch]"])


@pytest.mark.nightly
def test_a_notebook_in_english_is_collected_in_english(pytester: pytest.Pytester) -> None:
    """Without an option the metadata decide."""
    students.copy(pytester.path, language="en")
    run(pytester, "--collect-only", "-q").stdout.fnmatch_lines(["tarea2.ipynb::1b::value[[]mean over the batch]"])


def test_right_answers_pass_and_open_ones_are_skipped_with_a_reason(pytester: pytest.Pytester) -> None:
    """The reason names question and place in the notebook, not in the plugin; -q and -rs print no more than usual."""
    notebook = students.copy(pytester.path, RIGHT_LOSS)
    result = run(pytester, "-q", "-rs", "-k", "1b or 2a or 4a")
    result.assert_outcomes(passed=2, skipped=2, deselected=30)
    assert result.ret == 0
    lines = notebook.read_text().splitlines()
    line = next(n for n, text in enumerate(lines, 1) if "class SGD" in text)
    result.stdout.fnmatch_lines([f"SKIPPED [[]1] tarea2.ipynb:{line}: 4a: sin responder"])
    result.stdout.no_fnmatch_line("*pytest_plugin*")


def test_a_wrong_answer_fails_with_our_sentences(pytester: pytest.Pytester) -> None:
    """The failure has both values, the cause and the advice, and no line of the grader's source."""
    students.copy(pytester.path, SUMMED_LOSS)
    result = run(pytester, "-k", "1b")
    result.assert_outcomes(failed=2, deselected=32)
    assert result.ret == 1
    result.stdout.fnmatch_lines(
        ["*1b: valor[[]promedio sobre el lote]*", "CELoss: se obtuvo 5.7*", "Causa probable: *",
         "Qué probar: *promedio*", f"FAILED {MEAN} - CELoss: se*"]
    )  # fmt: skip
    for ours in ("Traceback", "pytest_plugin", "raise ", "selfcheck"):
        assert ours not in said(result)


@pytest.mark.nightly
def test_the_first_failure_may_end_the_run(pytester: pytest.Pytester) -> None:
    """`-x` counts checks, not questions."""
    students.copy(pytester.path, SUMMED_LOSS)
    run(pytester, "-x", "-k", "1b").assert_outcomes(failed=1, deselected=32)


def test_a_forbidden_name_fails_each_check_of_the_question(pytester: pytest.Pytester) -> None:
    """The values are right and the question gives no points, so no check passes, as in `grade check`."""
    students.copy(pytester.path, "from torch.nn.functional import cross_entropy\n" + RIGHT_LOSS.replace(
        "    if estable", "    cross_entropy(Q, P)\n    if estable"))  # fmt: skip
    result = run(pytester, "-k", "1b")
    result.assert_outcomes(failed=2, deselected=32)
    result.stdout.fnmatch_lines(["Se usa torch.nn.functional.cross_entropy en la celda *"])


def test_an_id_on_the_command_line_names_a_question_or_a_check(pytester: pytest.Pytester) -> None:
    """An id selects a question or one of its checks in one case; an unknown id selects nothing."""
    students.copy(pytester.path, RIGHT_LOSS)
    run(pytester, "tarea2.ipynb::1b").assert_outcomes(passed=2)
    run(pytester, "tarea2.ipynb::1b::valor[promedio sobre el lote]").assert_outcomes(passed=1)
    unknown = run(pytester, "tarea2.ipynb::9z")
    assert unknown.ret == pytest.ExitCode.USAGE_ERROR
    unknown.stderr.fnmatch_lines(["*not found: *9z*"])


def test_only_what_is_selected_is_judged(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """Code of another question is not called, although a run of the whole file calls it."""
    called = pytester.path / "called"
    # In a sandbox it could not write there.
    monkeypatch.setattr("grader.self_check.check.strongest", lambda: Level.NONE)
    slope = f"def d_relu(T):\n    open({str(called)!r}, 'w').close()\n    return (T > 0).float()"
    students.copy(pytester.path, RIGHT_LOSS, slope)
    run(pytester, "-k", "1b").assert_outcomes(passed=2, deselected=32)
    assert not called.exists()
    run(pytester, "-k", "1a and relu or 1b")
    assert called.exists()


def test_junit_has_an_entry_per_check(pytester: pytest.Pytester) -> None:
    """An entry has the message of a failure or the reason of a skip."""
    students.copy(pytester.path, RIGHT_LOSS, WRONG_SLOPE)
    run(pytester, "--junitxml=out.xml", "-k", "1b or d_relu or 2a")
    found = {case.get("name"): case for case in ET.parse(pytester.path / "out.xml").iter("testcase")}
    failure = next(case.find("failure") for case in found.values() if case.find("failure") is not None)
    assert failure is not None
    assert "d_relu" in str(failure.get("message"))
    assert found["valor[promedio sobre el lote]"].find("failure") is None
    assert next(case.find("skipped") for case in found.values() if case.find("skipped") is not None) is not None


@pytest.mark.nightly
def test_each_whole_notebook_comes_out_as_it_is(pytester: pytest.Pytester) -> None:
    """The untouched template has no failures and only the given answers; a right notebook passes."""
    notebook = students.copy(pytester.path)
    template = run(pytester)  # pytest.ini names the notebook
    assert template.ret == 0
    assert template.parseoutcomes().keys() == {"passed", "skipped"}
    students.answer(notebook, *students.cells("right/parameter_lists"))
    right = run(pytester)
    assert right.ret == 0
    assert right.parseoutcomes()["passed"] > 30


# Failures ---------------------------------------------------------------------------------------------------------


def test_a_file_that_is_no_notebook_is_one_error(pytester: pytest.Pytester) -> None:
    """The one error says why none of the checks could run."""
    students.copy(pytester.path).write_text("{ this is not a notebook")
    result = run(pytester, "-k", "1b")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["tarea2.ipynb no es un notebook*"])
    assert "Traceback" not in said(result)


def test_checks_that_are_gone_or_too_new_are_one_error(pytester: pytest.Pytester) -> None:
    """Without checks the notebook is not a test; for a newer format the sentence says what to do."""
    students.copy(pytester.path)
    file = pytester.path / "checks" / "checks.json"
    content = json.loads(file.read_text())
    file.write_text(json.dumps({**content, "format": 999}))
    newer = run(pytester)
    newer.assert_outcomes(errors=1)
    assert newer.ret == pytest.ExitCode.INTERRUPTED
    newer.stdout.fnmatch_lines(["*ERROR collecting tarea2.ipynb*", "*format 999*requirements.txt*"])
    assert "Traceback" not in said(newer)
    file.unlink()
    assert run(pytester, "tarea2.ipynb").ret == pytest.ExitCode.USAGE_ERROR
    assert run(pytester, ".").ret == pytest.ExitCode.NO_TESTS_COLLECTED


def test_a_fault_of_ours_is_told_with_its_traceback(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """The student gets a traceback to pass on, and reads that the fault is not the student's."""
    students.copy(pytester.path, RIGHT_LOSS)

    def broken(*arguments: object) -> None:
        raise ZeroDivisionError("a bug of the grader")

    monkeypatch.setattr(Judge, "judge", broken)
    result = run(pytester, "-k", "1b")
    result.assert_outcomes(failed=2, deselected=32)
    result.stdout.fnmatch_lines(["La autoevaluación misma falló; no es culpa tuya*", "ZeroDivisionError: a bug of*"])
    assert said(result).count("Traceback") == 1


def test_code_that_never_ends_costs_its_own_question(pytester: pytest.Pytester) -> None:
    """Time limits hold, and the next question is judged."""
    students.copy(pytester.path, "def CELoss(Q, P, estable=True, epsilon=1e-8):\n    while True: pass", SLOPE)
    file = pytester.path / "checks" / "checks.json"
    content = json.loads(file.read_text())
    content["assignment"]["limits"]["call_s"] = 2.0
    file.write_text(json.dumps(content))
    result = run(pytester, "-k", "1b or d_relu")
    assert result.parseoutcomes()["failed"] == 2
    assert result.parseoutcomes()["passed"] == 1


# Tests without notebooks ------------------------------------------------------------------------------------------


def fresh(folder: Path, modules: str, *arguments: str) -> str:
    """The output of pytest in a fresh process, with a test that asserts something about the loaded modules."""
    (folder / "test_modules.py").write_text(f"import sys\n\ndef test_modules():\n    assert {modules}\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments]
    env = students.environment()
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False).stdout


def test_nothing_is_loaded_for_tests_without_a_notebook(tmp_path: Path) -> None:
    """Neither torch nor the grader's modules are loaded, even next to a notebook without checks."""
    (tmp_path / "notes.ipynb").write_text("{}")
    heavy = "{'torch', 'numpy', 'IPython', 'grader.judging.judge', 'grader.self_check.check'}"
    modules = f"'grader.self_check.in_pytest' in sys.modules and not {heavy} & sys.modules.keys()"
    assert "1 passed" in fresh(tmp_path, modules)


def test_with_a_notebook_it_is_loaded(tmp_path: Path) -> None:
    """The test above can fail: a collected notebook needs torch."""
    students.copy(tmp_path)
    assert "1 passed" in fresh(tmp_path, "'torch' in sys.modules", "tarea2.ipynb", "test_modules.py", "-k", "modules")


# An assignment file ----------------------------------------------------------------------------------------------


def test_the_tests_of_an_assignment_file_are_items(pytester: pytest.Pytester) -> None:
    """An item per test and case; what is checked elsewhere is an item that is skipped, never passed."""
    handed_out(pytester.path / "course")
    found = run(pytester, "--collect-only", "-q", "course/right.ipynb")
    found.stdout.fnmatch_lines(
        ["course/right.ipynb::1::columns[[]small]", "course/right.ipynb::1::columns[[]large]",
         "course/right.ipynb::4::inside", "course/right.ipynb::5::not checked here"]
    )  # fmt: skip
    right = run(pytester, "-q", "-rs", "course/right.ipynb")
    right.assert_outcomes(passed=7, skipped=2)
    right.stdout.fnmatch_lines([f"SKIPPED*right.ipynb:*: {id}: not checked here" for id in "45"])
    wrong = run(pytester, "course/wrong.ipynb", "-k", "not nothing")
    wrong.assert_outcomes(failed=7, skipped=2)
    wrong.stdout.fnmatch_lines(["*What to try: The deviation is the root of the variance.*"])


@pytest.mark.nightly
def test_holes_of_an_assignment_file_are_skipped(pytester: pytest.Pytester) -> None:
    """Nothing of a blank notebook passes, and each item says "not answered"."""
    handed_out(pytester.path / "course")
    blank = run(pytester, "-q", "-rs", "course/blank.ipynb")
    blank.assert_outcomes(skipped=9)
    for id in "12367":
        blank.stdout.fnmatch_lines([f"SKIPPED*blank.ipynb:*: {id}: not answered"])
