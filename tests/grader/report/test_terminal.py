"""The self-check on a terminal is readable at any width, without colours and in any encoding, and cannot be forged."""

from __future__ import annotations

import io
import re
import unicodedata
from dataclasses import replace

import pytest
from rich.console import Console

from grader.messages import LANGUAGES, Text, say
from grader.report import terminal
from grader.results import Excerpt, Finding, QuestionResult, Status, TraceLine, Verdict


@pytest.fixture
def small(samples):
    """Four questions: one wrong for a reason that shows twice, one right, one absent, and one for a person."""
    wrong = samples.failed(
        "d_swish/dT",
        called="d_swish(T, 1.5)",
        expected="(2, 3) float32 [0.731059, 0.5, 1.04982, ...]",
        actual="(2, 3) float32 [0.606531, 0.5, 0.893407, ...]",
        cause=say("every entry is {factor} times the right one", factor="0.6667"),
        hint=Text("Aparece el factor beta.", "A factor beta appears."),
        misconceptions=("swish_without_beta",),
        reproduce="import torch\nT = torch.tensor([[0.5, -1.0, 2.0], [0.1, 0.0, -3.0]])\nd_swish(T, 1.5)",
    )
    findings = (samples.passed("d_relu"), wrong, wrong.with_(result="d_swish/dbeta", case=samples.WIDE))
    absent = Finding(Verdict.MISSING, say("not answered"))
    figures = Finding(Verdict.PENDING, say("saved figures in the notebook: {count}", count=4))
    return replace(
        samples.everything(),
        file="mi tarea.ipynb",
        questions=(
            samples.question("1a", Verdict.FAILED, 0.3, *findings),
            samples.question("1b", Verdict.PASSED, 1.25, samples.passed("CELoss")),
            samples.question("3c", Verdict.MISSING, 0.0, absent),
            samples.question("4d", Verdict.PENDING, 0.0, figures),
        ),
        notes=(),
    )


def only(samples, *findings, verdict=Verdict.FAILED, points=0.0, **more):
    """A result with one question that has only these findings."""
    question = samples.question("2b", verdict, points, *findings, **more)
    return replace(samples.everything(), questions=(question,), notes=())


def code_of(result):
    """Every line of code in a result, which a student copies or looks for in a notebook."""
    findings = [f for q in result.questions for f in q.findings]
    lines = {line for f in findings for line in f.reproduce.splitlines()}
    return lines | {t.source for f in findings for t in f.traceback}


WIDE = """\
◐ 1a  Derivadas de las funciones de activación: correcto en parte
                                                      0.3 / 0.75 (parte pública)
  ✗ resultado incorrecto: los valores · lote de 5 ejemplos (pasan 1 de 2
    resultados)
    d_swish/dT está mal en 12 de 21 entradas; la mayor diferencia es 6.3e-01 en
    (0, 1) y se permite 1.0e-06
    Causa probable: el resultado es 0.6667 veces el correcto
    Qué probar: Aparece el factor beta.
    llamada:   d_swish(T, 1.5)
    esperado:  (2, 3) float32 [0.731059, 0.5, 1.04982, ...]
    obtenido:  (2, 3) float32 [0.606531, 0.5, 0.893407, ...]
    También en d_swish/dbeta · lote de 32 ejemplos
    Repítelo en tu notebook:

import torch
T = torch.tensor([[0.5, -1.0, 2.0], [0.1, 0.0, -3.0]])
d_swish(T, 1.5)

  ✗ resultado incorrecto: los valores · lote de 32 ejemplos (mismo motivo)
  0.25 puntos los da una persona

✓ 1b  Entropía cruzada: correcto                     1.25 / 1.25 (parte pública)
  ✓ pasa: los valores · lote de 5 ejemplos

○ 3c  Chequeo de gradiente (bonus): sin responder        0 / 0.5 (parte pública)

◷ 4d  Gráficos y comparación: figuras guardadas en el notebook: 4
  0.75 puntos los da una persona

Pasan 1 de 3 preguntas. Parte pública: 1.55 de 2 puntos.
  Por corregir: 1a
  Sin responder: 3c (bonus)
  Las revisa una persona: 1a, 4d
Ahora: corrige 1a, guarda el notebook y revísala con:

grade check 'mi tarea.ipynb' 1a

Cuando entregues, tu código se probará también con otros casos, de otros tamaños
y valores.
"""

NARROW = """\
◐ 1a  Derivadas de las funciones de
  activación: correcto en parte
              0.3 / 0.75 (parte pública)
  ✗ resultado incorrecto: los valores ·
    lote de 5 ejemplos (pasan 1 de 2
    resultados)
    d_swish/dT está mal en 12 de 21
    entradas; la mayor diferencia es
    6.3e-01 en (0, 1) y se permite
    1.0e-06
    Causa probable: el resultado es
    0.6667 veces el correcto
    Qué probar: Aparece el factor beta.
    llamada:   d_swish(T, 1.5)
    esperado:  (2, 3) float32 [0.731059,
               0.5, 1.04982, ...]
    obtenido:  (2, 3) float32 [0.606531,
               0.5, 0.893407, ...]
    También en d_swish/dbeta · lote de
    32 ejemplos
    Repítelo en tu notebook:

import torch
T = torch.tensor([[0.5, -1.0, 2.0], [0.1, 0.0, -3.0]])
d_swish(T, 1.5)

  ✗ resultado incorrecto: los valores ·
    lote de 32 ejemplos (mismo motivo)
  0.25 puntos los da una persona
"""


def test_a_small_result_at_80_columns(small):
    """The whole output is compared to the letter."""
    assert terminal.plain_text(small, "es") == WIDE


def test_a_small_result_at_40_columns(small):
    """Everything except the code folds to half a screen."""
    assert terminal.plain_text(small, "es", width=40).startswith(NARROW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", [30, 40, 80, 250])
def test_lines_keep_to_the_width(samples, small, language, width):
    """Only code is wider than the terminal or than 100 columns, and no line ends in spaces."""
    for result in (samples.everything(), samples.unreadable(), small):
        for line in terminal.plain_text(result, language, width=width).splitlines():
            assert line == line.rstrip()
            if line.strip() not in code_of(result) and not line.startswith("grade check"):
                assert len(line) <= min(width, 100)


def test_code_is_copied_as_it_stands(samples):
    """The lines that repeat a call begin at the margin, unfolded, and Python compiles them."""
    source = f"T = torch.tensor([{', '.join(['0.123456789'] * 60)}])\nif True:\n    d_swish(T)"
    result = only(samples, samples.failed("y", reproduce=source))
    file = io.StringIO()
    terminal.show(Console(file=file, width=40), result, "es")
    for shown in (file.getvalue(), terminal.plain_text(result, "es", width=40)):
        assert f"\n\n{source}\n\n" in shown
    compile(source, "copied", "exec")


def test_the_same_lines_are_printed_once(samples):
    """Two problems with the same call show its lines once."""
    twice = [samples.failed(name, reproduce="f(x)", cause=cause) for name, cause in (("a", None), ("b", say("more")))]
    shown = terminal.plain_text(only(samples, *twice), "en")
    assert shown.count("\nf(x)\n") == 1
    assert shown.count("is off in") == 2


def test_colours_add_nothing(small):
    """Without its colours, the output on a terminal equals the output to a pipe."""
    file = io.StringIO()
    console = Console(file=file, width=80, force_terminal=True, color_system="truecolor", _environ={})
    terminal.show(console, small, "es")
    assert "\x1b[32m✓" in file.getvalue()
    assert re.sub(r"\x1b\[[0-9;]*m", "", file.getvalue()) == WIDE


@pytest.mark.parametrize("environment", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour_where_none_is_wanted(small, environment):
    """NO_COLOR and a dumb terminal switch colours off."""
    file = io.StringIO()
    terminal.show(Console(file=file, width=80, force_terminal=True, _environ=environment), small, "es")
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", file.getvalue())


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "cp437", "utf-8"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_encoding_has_a_form(samples, small, encoding, language):
    """Every character can be written in the terminal's encoding, and words stay readable."""
    for result in (small, samples.everything()):
        file = io.TextIOWrapper(io.BytesIO(), encoding=encoding, errors="strict")
        terminal.show(Console(file=file, width=80), result, language)
        file.flush()
    if encoding == "ascii" and language == "es":
        written = file.buffer.getvalue().decode("ascii")  # type: ignore[attr-defined]
        assert "~ 3a  Backward de la red" in written
        assert "  x resultado incorrecto: " in written
        assert "+ 4a  Descenso de gradiente: correcto" in written
        assert "(parte publica)" in written
        assert "hay un ciclo que nunca termina?" in written


HOSTILE = "[bold red]x[/] :smile: \x1b[2J\x9b31m\r\b\x07\u202e\u2066\ud800\n✓ 1a  pasa: todo"


def test_nothing_of_a_students_is_obeyed(samples):
    """Markup is shown unchanged, control characters are spelled out, and no text imitates a line of the grader."""
    message = say("the code raised {error}", error=HOSTILE)
    finding = Finding(
        Verdict.RAISED,
        message,
        result=HOSTILE,
        check=Text(HOSTILE, HOSTILE),
        case=Text(HOSTILE, HOSTILE),
        called=HOSTILE,
        expected=HOSTILE,
        actual=HOSTILE,
        cause=message,
        hint=Text(HOSTILE, HOSTILE),
        reproduce=HOSTILE,
        traceback=(TraceLine(samples.Frame(3, 1, HOSTILE), HOSTILE),),
    )
    question = QuestionResult("1a", Text(HOSTILE, HOSTILE), 0.0, 1.0, verdict=Verdict.RAISED, findings=(finding,))
    result = replace(samples.everything(), file=HOSTILE, notes=(message,), questions=(question,), fault=HOSTILE)
    shown = terminal.plain_text(result, "es")
    assert "[bold red]x[/] :smile:" in shown
    assert not [c for c in shown if unicodedata.category(c)[0] == "C" and c != "\n"]
    # The text of a message is prose; code and tracebacks are lines in their own place.
    prose = terminal.plain_text(replace(result, status=Status.UNREADABLE, questions=(), fault=""), "es")
    assert "✓ 1a  pasa" in prose
    assert not [line for line in prose.splitlines() if line.startswith("✓")]


def test_one_mistake_is_told_once(samples):
    """A misconception in five results is one text with the names of the others."""
    mistake = {"misconceptions": ("no-mean",), "hint": Text(en="Divide by B.")}
    wrong = [samples.failed(f"W{i}.grad", samples.GRADIENTS, case, **mistake)
             for case in (samples.SMALL, samples.WIDE) for i in range(6)]  # fmt: skip
    shown = terminal.plain_text(only(samples, *wrong), "en", width=100)
    assert shown.count("Divide by B.") == 1
    assert "Also in W1.grad · batch of 5 examples; W2.grad" in shown
    assert "and 5 more" in shown
    assert "wrong result: the gradients · batch of 32 examples (same reason)" in shown


def test_the_place_is_a_cell_and_a_line(samples):
    """An error has its cell and line number, and the line is below."""
    shown = terminal.plain_text(samples.everything(), "es")
    assert "celda 14, línea 9, en backward\n        dL_dh = dL_du @ W\n" in shown


def test_relative_errors_stand_by_their_parameters(samples):
    """If a gradient is wrong somewhere, each parameter shows its error."""
    findings = [samples.passed("b.grad", relative_error=3e-15), samples.failed("W.grad", relative_error=0.05)]
    shown = terminal.plain_text(only(samples, *findings), "en")
    assert "      ✓ b.grad  3.0e-15\n      ✗ W.grad  5.0e-02\n" in shown


def test_a_result_is_named_by_its_label_in_the_readers_language(samples):
    """The label is next to the error, and in the message about a missing result."""
    label = Text("pérdidas", "losses")
    wrong = [samples.failed("key", label=label, relative_error=0.05), samples.passed("W.grad", relative_error=3e-15)]
    absent = [
        Finding(Verdict.MISSING, say("{name} was not computed", name=label), result="key", label=label),
        Finding(Verdict.MISSING, say("{name} was not computed", name="dL_dU"), result="dL_dU"),
    ]
    for language, name, missing in (("es", "pérdidas", "Falta"), ("en", "losses", "Missing")):
        assert f"      ✗ {name}  5.0e-02\n" in terminal.plain_text(only(samples, *wrong), language)
        assert f"{missing}: {name}, dL_dU\n" in terminal.plain_text(
            only(samples, *absent, verdict=Verdict.MISSING), language
        )


def test_an_empty_cell_is_one_line(samples):
    """A question without an answer lists its names, without a problem for each."""
    absent = [
        Finding(Verdict.MISSING, say("{name} was not computed", name=name), result=name, check=check)
        for check in (samples.VALUES, samples.GRADIENTS)
        for name in ("dL_dU", "dL_dc")
    ]
    shown = terminal.plain_text(only(samples, *absent, verdict=Verdict.MISSING), "es")
    assert shown.startswith("○ 2b  Gradientes de U, c y h: sin responder             0 / 0.75 (parte pública)\n"
                            "  Falta: dL_dU, dL_dc\n\n")  # fmt: skip


def test_the_way_on_is_the_first_thing_to_fix(samples, small):
    """A wrong answer comes before a missing one, and a missing bonus is never the next step."""
    wrong, right, bonus, read = small.questions
    required = replace(right, id="1c", verdict=Verdict.MISSING, points=0.0, findings=bonus.findings)

    def end(*questions, **options):
        return terminal.plain_text(replace(small, questions=questions), "en", **options)

    assert "grade check 'mi tarea.ipynb' 1a\n" in end(required, wrong, bonus)
    assert 'run its cell, and check it with:\n\ncheck("1a")\n' in end(required, wrong, bonus, live=True)
    assert "Next: write 1c, save the notebook" in end(right, required, bonus)
    assert "Everything that is required passes its public cases." in end(right, bonus, read)
    assert "Everything passes its public cases." in end(right, read)
    assert "Next: write 3c" in end(bonus)
    assert "There is nothing to check here: a person reads it." in end(read)


def test_the_way_on_starts_with_what_costs_most(samples, small):
    """What a mistake costs in later questions counts where the mistake is, also if that is a name; a bonus is last."""
    wrong, right, bonus, _ = small.questions

    def next_of(*questions):
        shown = terminal.plain_text(replace(small, questions=questions), "en")
        return re.search(r"Next: (\w+ \w+)", shown)[1]

    def costing(points, id, *notes, **more):
        return replace(wrong, id=id, possible=points, points=0.0, notes=notes, **more)

    assert next_of(costing(1, "1a"), costing(2, "4c")) == "change 4c"
    assert next_of(costing(1, "1a"), costing(1, "4c")) == "change 1a"
    assert next_of(costing(1, "1a"), costing(3, "3b", bonus=True)) == "change 1a"
    blamed = say("right apart from what is wrong or missing in {questions}", questions="0, 1b")
    misnamed = replace(bonus, id="1b", bonus=False, possible=1.0, notes=(say("CELoss is missing; ce is similar"),))
    assert next_of(costing(1.5, "1a"), misnamed, costing(1, "4c", blamed)) == "change 1b"
    assert next_of(right, costing(1, "4c", replace(blamed, values={"questions": right.id}))) == "change 4c"


def test_passing_in_public_is_not_the_end(small):
    """A student who passes everything reads that the grading tries other cases."""
    shown = terminal.plain_text(replace(small, questions=small.questions[1:2]), "es")
    assert "se probará también con otros casos" in shown
    assert "preguntas" not in shown  # with one question, its line says everything


def test_what_cannot_be_checked_says_why(samples):
    """A file that cannot be read has the reason; a fault of the grader is not the student's and has its traceback."""
    unreadable = terminal.plain_text(samples.unreadable(), "es")
    assert unreadable == "bruno.ipynb está vacío: guarda el notebook y entrégalo de nuevo.\n"
    fault = terminal.plain_text(samples.faulty(), "es")
    assert "no es culpa tuya" in fault
    assert "  KeyError: 'dL_dU'" in fault
    ours = Finding(Verdict.GRADER_FAULT, say("nothing was computed"), check=samples.VALUES)
    shown = terminal.plain_text(only(samples, ours, verdict=Verdict.GRADER_FAULT), "en")
    assert "This is not your fault: tell the teaching team." in shown
    assert "Everything that could be checked passes" in shown


def test_a_hole_that_runs_is_not_answered(samples):
    """A hole returns None, but its failures help nobody; a written answer that fails must be fixed."""
    failed = Finding(Verdict.FAILED, say("step is off"), 1, "step", samples.VALUES, called="sgd.step()")
    hole = "class SGD:\n    def step(self):\n        pass"
    for source, expected in ((hole, "not answered"), (hole.replace("pass", "self.p = 1"), "wrong result")):
        question = replace(samples.question("4a", Verdict.FAILED, 0.0, failed), excerpts=(Excerpt(9, 1, source),))
        said = terminal.plain_text(replace(samples.everything(), questions=(question, question)), "en")
        assert f"4a  Gradient descent: {expected}" in said
        assert ("Step is off" in said) is (expected == "wrong result")
        assert ("To fix" in said) is (expected == "wrong result")
