"""Results as the grader makes them: a student with every kind of finding, and a class around that student."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from grader.assignment.spec import Question, Scale
from grader.errors import Frame
from grader.judging.scoring import grade_of
from grader.messages import Message, Text, say
from grader.report.class_page import ClassPage, RunFacts
from grader.report.class_summary import ClassSummary
from grader.report.render import class_pieces
from grader.results import Difference, Excerpt, Finding, QuestionResult, Status, SubmissionResult, TraceLine, Verdict

TITLE = Text("Tarea 2: backpropagation y descenso de gradiente", "Assignment 2: backpropagation")
SCALE = Scale("Chile", 1.0, 7.0)

VALUES = Text("los valores", "the values")
GRADIENTS = Text("los gradientes", "the gradients")
SMALL = Text("lote de 5 ejemplos", "batch of 5 examples")
WIDE = Text("lote de 32 ejemplos", "batch of 32 examples")

TITLES = {
    "0": Text("Funciones de la Tarea 1", "Functions of Assignment 1"),
    "1a": Text("Derivadas de las funciones de activación", "Derivatives of the activation functions"),
    "1b": Text("Entropía cruzada", "Cross entropy"),
    "1c": Text("Entropía cruzada categórica", "Categorical cross entropy"),
    "2a": Text("Gradiente de la última capa", "Gradient of the last layer"),
    "2b": Text("Gradientes de U, c y h", "Gradients of U, c and h"),
    "3a": Text("Backward de la red", "Backward of the network"),
    "3c": Text("Chequeo de gradiente", "Gradient check"),
    "4a": Text("Descenso de gradiente", "Gradient descent"),
    "4d": Text("Gráficos y comparación", "Plots and comparison"),
}
POINTS = {"0": 0.0, "1a": 0.75, "1b": 1.25, "1c": 0.25, "2a": 0.5, "2b": 0.75, "3a": 2, "3c": 0.5, "4a": 0.75}
REVIEWED = {"1a": 0.25, "4d": 0.75}
BONUS = {"1c", "3c"}


def class_page(
    results: Iterable[SubmissionResult], language: str, *, assignment_title: Text, run: RunFacts
) -> ClassPage:
    """The content of the class page, from all results of a class."""
    summary = ClassSummary(language, run)
    for result in results:
        summary.add(result)
    return summary.page(assignment_title)


def render_class(results: Iterable[SubmissionResult], language: str, *, assignment_title: Text, run: RunFacts) -> str:
    """The page of the whole class, a whole HTML document."""
    return "".join(class_pieces(class_page(results, language, assignment_title=assignment_title, run=run)))


def off(name: str, gap: str, where: str) -> Message:
    """The sentence of a comparison that found wrong entries."""
    return say(
        "{name} is off in {wrong} of {total} entries; the largest gap is {gap} at {where}, {allowed} is allowed",
        name=name,
        wrong=12,
        total=21,
        gap=gap,
        where=where,
        allowed="1.0e-06",
    )


def category(name: str) -> Message:
    """The sentence of a comparison for a hidden case."""
    return say("the values of {name} differ from the expected ones", name=name)


def refused(verdict: Verdict, message: Message, result: str, case: Text = SMALL) -> Finding:
    return Finding(verdict, message, result=result, check=VALUES, case=case)


def passed(result: str, check: Text = VALUES, case: Text = SMALL, **more: object) -> Finding:
    message = say("{name} equals the reference", name=result)
    return Finding(Verdict.PASSED, message, compared=21, result=result, check=check, case=case).with_(**more)


def failed(result: str, check: Text = VALUES, case: Text = SMALL, **more: object) -> Finding:
    message = off(result, "6.3e-01", "(0, 1)")
    return Finding(Verdict.FAILED, message, compared=21, result=result, check=check, case=case).with_(**more)


def question(id: str, verdict: Verdict, points: float, *findings: Finding, **more: object) -> QuestionResult:
    result = QuestionResult(
        id=id,
        title=TITLES[id],
        points=points,
        possible=POINTS.get(id, 0.0),
        reviewed=REVIEWED.get(id, 0.0),
        bonus=id in BONUS,
        verdict=verdict,
        findings=findings,
    )
    return replace(result, **more)  # type: ignore[arg-type]


DERIVATIVES = """def d_relu(T):
    return (T > 0).float()

def d_swish(T, beta=1):
    s = sig(beta * T)
    return s + T * s * (1 - s), T * T * s * (1 - s)

def d_celu(T, alpha=1):
    e = torch.exp(T / alpha)
    return torch.where(T > 0, torch.ones_like(T), e), None
"""

BACKWARD = """class FFNN(FFNN):
    def backward(self, x, y, y_pred):
        B = x.shape[0]
        dL_du = (y_pred - y) / B
        for l in reversed(range(self.L)):
            W = self.Ws[l]
            W.grad = self.hs[l].T @ dL_du
            self.bs[l].grad = dL_du.sum(0)
            dL_dh = dL_du @ W
            dL_du = dL_dh * self.df[l - 1](self.us[l - 1])
"""


def picture() -> Difference:
    """(3, 7): right, slightly, clearly and grossly off, and not a number."""
    row = (0.0, 0.4, 12.0, 310.0, 2.5e4, -1.0, 7e8)
    return Difference((3, 7), (row, row[::-1], (0.0,) * 7))


def everything() -> SubmissionResult:
    """A student with every verdict, hidden and public cases, and something in every field."""
    zero = question("0", Verdict.PASSED, 0.0, *(passed(n) for n in ("sig", "tanh", "relu", "swish", "celu")))
    swish = question(
        "1a",
        Verdict.FAILED,
        0.4,
        passed("d_relu"),
        failed(
            "d_swish[0]",
            called="d_swish(T, beta=1.5)",
            expected="(3, 7) float32 [0.731059, 0.5, 1.04982, 1.0998, 0.0279, -0.0998, ...]",
            actual="(3, 7) float32 [0.606531, 0.5, 0.893407, 1.0182, 0.1192, 0.0112, ...]",
            cause=say("every entry is {factor} times the right one", factor="0.6667"),
            hint=Text(
                "Al derivar swish aparece el factor beta por la regla de la cadena.",
                "The chain rule brings a factor beta when you derive swish.",
            ),
            difference=picture(),
            largest_gap=7e8,
            reproduce="T = torch.tensor([[0.5, -1.0, 2.0], [0.1, 0.0, -3.0]])\nd_swish(T, beta=1.5)",
            misconceptions=("swish_without_beta",),
        ),
        failed("d_swish[0]", case=WIDE, public=False, message=category("d_swish[0]")),
        failed("d_celu[1]", message=say("{name} is None: nothing was computed", name="d_celu[1]")),
        excerpts=(Excerpt(7, 1, DERIVATIVES),),
        notes=(
            say(
                "{name} is defined {count} times; the last one, in cell {cell}, counts.",
                name="d_swish",
                count=3,
                cell=7,
            ),
        ),
    )
    loss = question(
        "1b",
        Verdict.MISSING,
        0.0,
        *(
            Finding(
                Verdict.MISSING,
                say("{name} is not defined in the notebook", name="CELoss"),
                result="CELoss",
                check=check,
                case=case,
                hint=Text("Cambia el nombre a CELoss.", "Rename it to CELoss."),
            )
            for check in (VALUES, Text("casos extremos", "extreme cases"))
            for case in (SMALL, WIDE)
        ),
        notes=(
            say(
                "{name} is missing; {found} in cell {cell} has a similar name. Rename it, or ask for the "
                "name to be accepted",
                name="CELoss",
                found="ce_loss",
                cell=9,
            ),
        ),
    )
    categorical = question(
        "1c", Verdict.SKIPPED, 0.0,
        Finding(Verdict.SKIPPED, say("waits for another question"), check=VALUES),
    )  # fmt: skip
    last = question(
        "2a",
        Verdict.FORBIDDEN,
        0.0,
        Finding(
            Verdict.FORBIDDEN,
            say(
                "{name} is used in cell {cell}, line {line}; this question asks you to write it yourself",
                name="torch.autograd.grad",
                cell=11,
                line=3,
            ),
            traceback=(TraceLine(Frame(11, 3), "g = torch.autograd.grad(loss, uLm1)"),),
        ),
    )
    two = question(
        "2b",
        Verdict.TIMED_OUT,
        0.25,
        passed("dL_dc"),
        refused(
            Verdict.TIMED_OUT,
            say("no answer within {seconds} s: is there a loop that never ends?", seconds="5"),
            "dL_dU",
        ),
        refused(Verdict.OUT_OF_MEMORY, say("the code asked for more memory than the limit allows"), "dL_dhL"),
        refused(
            Verdict.CRASHED,
            say("the process ended in the middle of the call ({how})", how="SIGSEGV"),
            "dL_dhL",
            WIDE,
        ),
    )
    frames = (
        TraceLine(Frame(14, 9, "backward"), "dL_dh = dL_du @ W"),
        TraceLine(Frame(14, 10, "backward"), "dL_du = dL_dh * self.df[l - 1](self.us[l - 1])"),
    )
    architectures = (Text("7-5-4-3, relu"), Text("6-8-9-5-3, celu y swish", "6-8-9-5-3, celu and swish"))
    names = ("W1.grad", "b1.grad", "W2.grad", "b2.grad", "U.grad", "c.grad")
    network = question(
        "3a",
        Verdict.FAILED,
        1.25,
        *(
            failed(
                name,
                GRADIENTS,
                case,
                relative_error=0.05,
                cause=say("the result is the transpose of the right answer"),
                message=off(name, f"{i + 1}.2e-01", f"({i}, 0)"),
                difference=picture(),
            )
            if name.startswith("W")
            else passed(name, GRADIENTS, case, relative_error=3e-15)
            for case in architectures
            for i, name in enumerate(names)
        ),
        *(
            # The checks leave values out of hidden findings; here they did not, and the page must.
            failed(
                name,
                GRADIENTS,
                WIDE,
                public=False,
                relative_error=0.04321,
                message=category(name),
                expected="9.87654321",
                actual="1.23456789",
                difference=picture(),
            )
            for name in names[:2]
        ),
        Finding(
            Verdict.RAISED,
            say("the code raised {error}", error="RuntimeError: mat1 and mat2 shapes cannot be multiplied"),
            result="W1.grad",
            check=GRADIENTS,
            case=Text("un ejemplo", "one example"),
            called="red.backward(x, y, y_pred)",
            traceback=frames,
            reproduce="red = FFNN(7, [5, 4], [relu, relu], 3)\nred.backward(x, y, red.forward(x))",
        ),
        failed(
            "x",
            Text("entradas sin cambios", "unchanged inputs"),
            scored=False,
            message=say("{name} is not as expected", name="x"),
        ),
        excerpts=(Excerpt(14, 1, BACKWARD),),
    )
    fault = question(
        "3c", Verdict.GRADER_FAULT, 0.0,
        Finding(Verdict.GRADER_FAULT, say("nothing was computed"), check=VALUES),
    )  # fmt: skip
    hidden = passed("parameters", case=WIDE, public=False)
    sgd = question("4a", Verdict.PASSED, 0.75, passed("parameters"), hidden, hidden)
    figures = say("saved figures in the notebook: {count}", count=4)
    plots = question("4d", Verdict.PENDING, 0.0, Finding(Verdict.PENDING, figures))
    return SubmissionResult(
        student="Ana María Núñez-Pérez",
        file="clase/Ana María/tarea2 (final).ipynb",
        status=Status.GRADED,
        assignment="tarea2",
        language="es",
        questions=(zero, swish, loss, categorical, last, two, network, fault, sgd, plots),
        total=2.65,
        possible=sum(POINTS.values()) + sum(REVIEWED.values()) - sum(POINTS[id] for id in BONUS),
        pending=1.0,
        grade=2.6,
        notes=(
            say("too many or too large files; not used: {files}", files="informe.pdf"),
            say(
                "Cell {cell}, line {line}: {reason}. Python cannot read this; left out: {names}.",
                cell=5,
                line=2,
                reason="expected ':'",
                names="CategoricalCELoss",
            ),
        ),
        sandbox="bwrap",
        device="cpu",
        salt="5a17beef",
        output="printed by the student",
        graded_at="2020-10-16 23:59",
        slug="ana-maria",
    )


def unreadable() -> SubmissionResult:
    why = say("{name} is empty: save the notebook and hand it in again.", name="bruno.ipynb")
    return SubmissionResult("Bruno Díaz", "bruno.ipynb", Status.UNREADABLE, "tarea2", "es", notes=(why,), slug="bruno")


def faulty() -> SubmissionResult:
    return SubmissionResult(
        "Carla Soto",
        "carla.ipynb",
        Status.GRADER_FAULT,
        "tarea2",
        "es",
        fault="Traceback (most recent call last):\n  KeyError: 'dL_dU'",
        slug="carla",
    )


def perfect(student: str = "Diego Rojas", slug: str = "diego") -> SubmissionResult:
    questions = tuple(
        question(id, Verdict.PASSED if id in POINTS else Verdict.PENDING, POINTS.get(id, 0.0), passed("y"))
        for id in TITLES
    )
    total = sum(q.points for q in questions)
    return SubmissionResult(
        student,
        "tarea2.ipynb",
        Status.GRADED,
        "tarea2",
        "es",
        questions=questions,
        total=total,
        possible=10,
        pending=1.0,
        grade=grade_of(total, 7, SCALE),
        sandbox="bwrap",
        slug=slug,
    )


def classroom(size: int = 12) -> list[SubmissionResult]:
    """A class of `size` students with grades all over the scale, and the three special ones."""
    special = [everything(), unreadable(), faulty()]
    ordinary = []
    for i in range(size - len(special)):
        share = (i * 7 % 10) / 9
        result = perfect(f"Estudiante {i:03d}", f"estudiante-{i:03d}")
        questions = tuple(
            replace(
                q,
                points=round(q.possible * share, 2),
                verdict=Verdict.PASSED if share == 1 else Verdict.FAILED,
            )
            if q.possible
            else q
            for q in result.questions
        )
        total = sum(q.points for q in questions)
        ordinary.append(replace(result, questions=questions, total=total, grade=grade_of(total, 7, SCALE)))
    return special + ordinary


def run_facts() -> RunFacts:
    questions = tuple(
        Question(id, title, POINTS.get(id, 0.0), REVIEWED.get(id, 0.0), id in BONUS) for id, title in TITLES.items()
    )
    return RunFacts(
        questions=questions,
        scale=SCALE,
        sandbox="bwrap",
        device="cpu",
        salt="5a17beef",
        started="2020-10-17 00:05",
        seconds=12.34,
        lanes=2,
        version="0.1.0",
        command="grade submissions/ --out reports",
    )
