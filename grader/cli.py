"""The command line: the only module that parses arguments, prints and exits."""

from __future__ import annotations

import getpass
import importlib.metadata
import io
import os
import platform
import shlex
import signal
import sys
import traceback
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Literal

from cyclopts import App, CycloptsError, MissingArgumentError, Parameter, UnusedCliTokensError
from rich.console import Console
from rich.markup import escape

from . import __version__
from .errors import AssignmentError, GraderError, UsageError


def _version() -> str:
    """The facts about an installation that a bug report needs, found without loading torch."""
    try:
        torch = f"torch {importlib.metadata.version('torch')}"
    except importlib.metadata.PackageNotFoundError:
        torch = "no torch"
    return f"grade {__version__} (Python {platform.python_version()}, {torch})"


app = App(
    name="grade",
    version=_version,
    help="Grade notebooks of a programming assignment against its reference, in a sandbox.",
    result_action="return_value",
    suppress_keyboard_interrupt=False,  # `main` reports what a ^C leaves behind
)

# Wide enough for the final table when the output is not a terminal.
PLAIN_WIDTH = 160

Flag = Parameter(negative="", show_default=False)
Word = Parameter(show_default=False)  # a default of "" tells a reader nothing
STOPPED = "Stopped. Finished results are kept; run the same command again to continue."
INTERRUPTED = 130  # 128 + SIGINT, as in shells


@app.default
def grade(
    submissions: Path,
    /,
    *,
    assignment: Path | None = None,
    out: Path = Path("reports"),
    lanes: int | None = None,
    device: Literal["cpu", "cuda", "auto"] = "auto",
    only: Annotated[str, Word] = "",
    student: Annotated[str, Word] = "",
    roster: Path | None = None,
    attempt: Literal["first", "best", "last"] = "last",
    requirements: Path | None = None,
    fresh: Annotated[bool, Flag] = False,
    retry_faults: Annotated[bool, Flag] = False,
    salt: Annotated[str, Word] = "",
    lang: Literal["es", "en"] | None = None,
    sandbox: Literal["bwrap", "landlock", "none"] | None = None,
    no_sandbox: Annotated[bool, Flag] = False,
    forbidden: Literal["zero", "flag", "ignore"] = "zero",
    verbose: Annotated[bool, Parameter(name=["--verbose", "-v"], negative="", show_default=False)] = False,
) -> int:
    """Grade a folder of notebooks. Submissions that have not changed since the last run are not graded again.

    Parameters
    ----------
    submissions
        A folder or an archive of a class, as a learning platform exports it or with a file or folder per student;
        or the folder, archive or notebook of one student.
    assignment
        The folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    out
        The folder for index.html, students/, results/, grades.csv and gradebook.sqlite.
    lanes
        How many submissions are graded at the same time; default: one per core.
    device
        Where student code runs; auto uses a GPU if there is one.
    only
        Grade only these questions: ids separated by commas, such as 1b,3a.
    student
        Grade only students whose name matches this pattern, such as "ana*".
    roster
        A .csv of the class with any of name, id, email, login, section, group, such as the files that Canvas, Moodle
        and Classroom 50 export; default: roster.csv in the folder of the submissions, if it is there.
    attempt
        Which attempt counts where a student has several. To find the best one, all are graded.
    requirements
        A file with packages that students use, one a line, as for pip; those that are missing here are installed into a
        folder of their own. The assignment may name packages too.
    fresh
        Grade every submission again, even unchanged ones; points and comments from people are kept.
    retry_faults
        Grade again the submissions that have no grade because the grader failed.
    salt
        new draws a new salt, so that new and changed submissions meet new hidden cases from now on. The salt of an
        earlier result, which the class page shows, gives its grade again, for this run only.
    lang
        Language of the report; default: the assignment's.
    sandbox
        How student code is isolated; default: the strongest level that works on this machine.
    no_sandbox
        The same as --sandbox none.
    forbidden
        The penalty for using a forbidden function: zero takes away the question's points, flag only reports the use,
        ignore does not look for it.
    verbose
        Show a line for each question that is not right, and the traceback when the grader itself fails.
    """
    # Imported here: torch takes a second, and `--help` or a wrong option must not wait for it.
    from .assignment import load
    from .run.class_run import grade_class as run
    from .run.options import Options
    from .run.packages import provide, read_requirements
    from .run.progress import PlainProgress, TerminalProgress, counted, show_table
    from .sandbox.levels import Level, choose

    console = _console()
    if lanes is not None and lanes < 1:
        raise UsageError(f"--lanes {lanes} is too few: give 1 or more")
    if out.exists() and not out.is_dir():
        raise UsageError(f"--out {out} is a file: name a folder (it is created if it does not exist)")
    table = load.load_assignment(assignment or load.default_folder())
    provide((*table.packages, *(read_requirements(requirements) if requirements else ())))
    asked = "none" if no_sandbox else sandbox
    level = choose(Level(asked) if asked else None)
    options = Options(
        submissions=submissions,
        out=out,
        level=level,
        device=_device(device),
        lanes=lanes or os.cpu_count() or 1,
        language=lang or table.language,
        only=_ids(only),
        student=student,
        fresh=fresh,
        retry_faults=retry_faults,
        forbidden=forbidden,
        command=shlex.join(["grade", *sys.argv[1:]]),
        roster=roster,
        attempt=attempt,
        salt=salt.strip(),
    )
    if level is Level.NONE:
        console.print(
            "[bold red]NO SANDBOX:[/] student code runs with your permissions, on your files and your network.",
            highlight=False,
        )
    progress = TerminalProgress(console, verbose) if console.is_terminal else PlainProgress(console, verbose)
    with progress:
        outcome = run(table, options, progress)
    show_table(console, outcome.results, [q.id for q in table.only(options.only)], outcome.left_out)
    if outcome.interrupted:
        console.print(STOPPED)
        return INTERRUPTED
    console.print(f"{counted(outcome.asked, 'submission')}, {outcome.judged} judged now, {outcome.seconds:.1f} s, "
                  f"sandbox: {level}, device: {options.device}", highlight=False)  # fmt: skip
    if faults := [r for r in outcome.results if r.fault]:
        where = f"{counted(len(faults), 'bug report')} in {escape(str(out / 'faults'))}"
        again = "to try again, run the same command with --retry-faults"
        console.print(f"Faults of the grader: {where}; {again}", highlight=False, soft_wrap=True)
    console.print(f"Report: {escape(str(out / 'index.html'))}", highlight=False, soft_wrap=True)
    return outcome.exit_status


@app.command
def verify(
    path: Path | None = None,
    /,
    *questions: str,
    assignment: Path | None = None,
    lanes: int | None = None,
    sandbox: Literal["bwrap", "landlock", "none"] | None = None,
    html: Path | None = None,
    mutants: Annotated[bool, Flag] = False,
    against: Path | None = None,
    before: Path | None = None,
) -> int:
    """Try an assignment before you grade with it: right answers must pass, and known mistakes must fail and be named.

    The exit status is 1 if any claim does not hold.

    Parameters
    ----------
    path
        The assignment: a file or a folder; default: [tool.grader] in pyproject.toml names it.
    questions
        Only the mistakes and examples of these questions.
    assignment
        The same as `path`.
    lanes
        How many submissions are judged at the same time; default: one per core. Hostile examples mostly wait, so twice
        as many of them run.
    sandbox
        How submissions are isolated; default: the strongest level that works on this machine.
    html
        Also write the outcome as a page to this file.
    mutants
        Also change the solution mechanically (operators, constants, arguments, dropped statements), and list the
        changes that no test catches.
    against
        Instead of all this, grade the submissions in this folder with the assignment as it was and as it is, and say
        whose points move.
    before
        The assignment as it was, for --against; default: the version of the last commit.
    """
    from .assignment import load
    from .files import write_atomically
    from .judging.submission import Conditions
    from .report.render import render_verification
    from .run.packages import provide
    from .run.progress import ProgressBar, SilentProgress
    from .sandbox.levels import Level, choose
    from .verification.against import moved
    from .verification.verify import lines, page
    from .verification.verify import verify_assignment as try_out

    console = _console()
    where = path or assignment or load.default_folder()
    table = load.load_assignment(where)
    provide(table.packages)
    conditions = Conditions(table.language, choose(Level(sandbox) if sandbox else None))
    lanes = lanes or os.cpu_count() or 1
    with ProgressBar(console, False) if console.is_terminal else SilentProgress(console, False) as progress:
        if against is not None:
            differences = moved(where, against, before, questions, conditions, lanes, progress)
        else:
            verification = try_out(table, conditions, lanes, progress, only=questions, mutants=mutants)
    if against is not None:
        for line in differences:
            console.print(_plain(line), markup=False, highlight=False, soft_wrap=True)
        return 0
    for line in lines(verification):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    if html is not None:
        write_atomically(html, render_verification(page(verification, table)))
        console.print(f"Page: {escape(str(html))}", highlight=False, soft_wrap=True)
    return 0 if verification.holds else 1


@app.command
def new(path: Path, /) -> int:
    """Write a new assignment with one worked question, as a start for your own.

    Parameters
    ----------
    path
        A file that ends in .py, or a folder for assignment.py; an existing file is not changed.
    """
    from .assignment.new import write_new

    _console().print(f"Written: {escape(str(write_new(path)))}", highlight=False, soft_wrap=True)
    return 0


@app.command
def check(
    notebook: Path,
    /,
    *questions: str,
    checks: Path | None = None,
    lang: Literal["es", "en"] | None = None,
    watch: Annotated[bool, Flag] = False,
    html: Path | None = None,
    json: Path | None = None,
    github: Annotated[bool, Flag] = False,
    classroom50: Annotated[bool, Flag] = False,
    attempted_only: bool = True,
) -> int:
    """Check your own notebook with the public checks. The report says what is right, what is not, and what to try.

    The exit status is 0 if every answer passes, and 1 otherwise.

    Parameters
    ----------
    notebook
        Your notebook, such as tarea2.ipynb.
    questions
        Question ids, such as 1b 3a; default: all.
    checks
        The folder of public checks; default: checks/ next to the notebook or in a folder above it.
    lang
        Language of the report; default: the notebook's.
    watch
        Check again each time the notebook is saved, until you press ^C.
    html
        Also write the report as a page to this file.
    json
        Also write the result as JSON to this file.
    github
        Report the result to GitHub Actions, as annotations and a job summary.
    classroom50
        Write result.json, the score file of Classroom 50, into the current folder.
    attempted_only
        Ignore questions without an answer when choosing the exit status.
    """
    from .report.attempts import exit_status
    from .self_check.find_checks import find
    from .self_check.in_terminal import Door, Outputs

    outputs = Outputs(html=html, json=json, github=github, classroom50=classroom50)
    folder = checks or find(notebook.parent)
    try:
        with Door(_console(), notebook, folder, tuple(questions), lang or "", outputs) as door:
            result = door.watch() if watch else door.once()
    except KeyboardInterrupt:
        return INTERRUPTED  # nothing is kept from which a later run could continue
    return exit_status(result, attempted_only)


@app.command
def release(
    dest: Path | None = None,
    /,
    *,
    assignment: Path | None = None,
    lang: Literal["es", "en"] | None = None,
    questions: Annotated[str, Word] = "",
    public_share: float = 1.0,
    package: Annotated[str, Word] = "",
    repository: Annotated[str, Word] = "",
) -> int:
    """Make the students' repository: the notebook, the public checks without the solution, a README and the workflow.

    Parameters
    ----------
    dest
        The folder to write to; default: the folder of the assignment's template.
    assignment
        The file or folder of the assignment; default: [tool.grader] in pyproject.toml names it.
    lang
        Language of the notebook, the README and the messages; default: the assignment's. An assignment file in two
        languages also gives the notebook in the other one.
    questions
        Release only these questions and those that they build on: ids separated by commas.
    public_share
        The share of each check's public cases that students get, such as 0.5; they get at least one case.
    package
        The requirement by which students install the grader, such as "tensorgrade @ git+https://..."; default: a
        wheel that is built and added to the repository.
    repository
        The address that students clone; it is needed to open the notebook in Colab.
    """
    from .assignment import load
    from .release.repository import Release
    from .release.repository import write_repository as make

    table = load.load_assignment(assignment or load.default_folder())
    folder = dest or (table.template.parent if table.template is not None else None)
    if folder is None:
        raise UsageError("the assignment names no template, so name the folder: grade release DEST")
    asked = Release(lang or table.language, _ids(questions), public_share, package, repository)
    written = make(table, folder, asked)
    _console().print(f"{len(written)} files in {escape(str(folder))}", highlight=False, soft_wrap=True)
    return 0


@app.command
def doctor() -> int:
    """Show what this machine offers (python, torch, CUDA, sandbox levels) and how to install what is missing.

    Each sandbox level is attacked from inside, and the report says which attacks it stopped. The exit status is 1 if no
    level works, or if one lets an attack through.
    """
    from .doctor import examine

    console = _console()
    facts = examine()
    for fact in facts:
        mark = "[green]ok[/]     " if fact.good else "none   " if fact.optional else "[yellow]missing[/]"
        mark = "[bold red]LEAKS[/]  " if fact.leaks else mark
        console.print(f"{mark} {fact.name}: {escape(fact.value)}", highlight=False, soft_wrap=True)
        if fact.remedy:
            console.print(f"        to fix it: {fact.remedy}", highlight=False, soft_wrap=True)
        for attempt in fact.attempts:
            held = "stopped" if attempt.held else "[bold red]THROUGH[/]"
            seen = f": {attempt.seen}" if attempt.seen else ""
            console.print(f"        {held} {escape(attempt.what + seen)}", highlight=False, soft_wrap=True)
    sandboxes = [f for f in facts if f.name.startswith("sandbox")]
    return 0 if any(f.good for f in sandboxes) and not any(f.leaks for f in sandboxes) else 1


@app.command
def mark(
    student: Annotated[str, Word] = "",
    question: Annotated[str, Word] = "",
    points: Annotated[str, Word] = "",
    comment: Annotated[str, Word] = "",
    /,
    *,
    items: Annotated[str, Word] = "",
    checks: Annotated[bool, Flag] = False,
    marker: Annotated[str, Word] = "",
    csv: Path | None = None,
    log: Annotated[bool, Flag] = False,
    rubric: Annotated[bool, Flag] = False,
    apply: Annotated[bool, Flag] = False,
    assignment: Path | None = None,
    out: Path = Path("reports"),
) -> int:
    """Record the points that you give to an answer that a person reads. Every mark stays in the history.

    The points are kept when submissions are graded again. Run grade again to see them in the report.

    Parameters
    ----------
    student
        The student's name as the report shows it.
    question
        The question's id.
    points
        From 0 to the points of the question that a person gives, such as 0.5 or 0,5; --items may take their place.
    comment
        A sentence for the student.
    items
        The rubric items that the answer earns, by number: 1,3. Their sum is the mark.
    checks
        Give the points in place of those that the checks gave; this needs a comment. Without points the checks' points
        count again.
    marker
        Your name; default: the name of your account.
    csv
        A file of marks. If it exists, its marks are recorded; otherwise it is written, with a row for each answer
        that a person reads.
    log
        Show the history instead, of all marks or those of a student and question.
    rubric
        Show whose points a changed rubric would change; with --apply, change them.
    apply
        Let all marks use the rubric as the assignment has it now.
    assignment
        The folder of the assignment, for --rubric; default: [tool.grader] in pyproject.toml names it.
    out
        The folder of the report.
    """
    from .run.gradebook import Gradebook
    from .run.marking import Marking, changed_rubrics, told
    from .run.marks import Event, number

    if not (out / "gradebook.sqlite").is_file():
        raise UsageError(f"{out} contains no gradebook: run grade first, or name the folder of the report with --out")
    marker = marker or _account()
    with Gradebook(out / "gradebook.sqlite") as book:
        marking = Marking(book)
        if csv is not None and csv.exists():
            lines = [marking.said(event) for event in marking.read_csv(csv, marker)] or ["Nothing new to record."]
        elif csv is not None:
            lines = [f"Written: {csv}, {marking.write_csv(csv)} answers"]
        elif log:
            lines = list(marking.log(student, question)) or ["No marks yet."]
        elif rubric:
            from .assignment import load

            changes = changed_rubrics(book, load.load_assignment(assignment or load.default_folder()))
            lines = [line for change in changes for line in told(change)] or ["The rubrics are those that marks use."]
            for change in changes if apply else ():
                book.use_rubric(change.question, change.now, marker)
            lines += ["Applied." if apply else "To change these points, add --apply."] if changes else []
        else:
            for word, given in (("STUDENT", student), ("QUESTION", question), ("POINTS", points or items or checks)):
                if not given:
                    raise UsageError(f"{word} is missing; see grade mark --help")
            kind: Literal["mark", "checks"] = "checks" if checks else "mark"
            exact = number(points) if points else None
            event = Event(student, question, kind=kind, marker=marker, items=_ids(items), points=exact, comment=comment)
            lines = [marking.said(given) for given in marking.give([event])]
    for line in lines:
        _console().print(_plain(line), markup=False, highlight=False, soft_wrap=True)
    return 0


@app.command
def desk(*, out: Path = Path("reports"), port: int = 0, browser: bool = True, marker: Annotated[str, Word] = "") -> int:
    """Open a page on this machine on which you mark answers; it needs pip install 'tensorgrade[desk]'.

    Parameters
    ----------
    out
        The folder of the report.
    port
        The port on 127.0.0.1; default: a free one.
    browser
        Open the browser.
    marker
        Your name; default: the name of your account. Others who use this desk change it on the page.
    """
    try:
        from .desk.serve import serve
    except ModuleNotFoundError as missing:
        if (missing.name or "").partition(".")[0] in ("starlette", "uvicorn", "nh3", "mistune", "multipart"):
            raise UsageError(f"the desk needs {missing.name}: pip install 'tensorgrade[desk]'") from missing
        raise

    def told(line: str) -> None:
        _console().print(line, markup=False, highlight=False, soft_wrap=True)

    serve(out, port, browser, marker or _account(), told)
    return 0


def _account() -> str:
    """The name of the account, for the history of marks; "" where it has none."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return ""


def main() -> None:
    """Run the command and exit: 0 all graded, 1 some could not be, 2 wrong usage, 3 a fault of the grader."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks must not end a run.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    errors = Console(stderr=True, soft_wrap=True)
    signal.signal(signal.SIGTERM, _stop)
    try:
        _refuse_misspelt_command(*sys.argv[1:2])
        status = app(sys.argv[1:], exit_on_error=False, print_error=False)
    except CycloptsError as error:
        errors.print(f"grade: {_misunderstood(error)}; see grade --help", markup=False, highlight=False)
        status = 2
    except AssignmentError as error:
        for slip in str(error).splitlines():
            errors.print(f"grade: {_plain(slip)}", markup=False, highlight=False)
        status = 2
    except UsageError as error:
        errors.print(f"grade: {_one_line(error)}", markup=False, highlight=False)
        status = 2
    except GraderError as error:
        errors.print(f"grade: {_one_line(error)}", markup=False, highlight=False)
        status = 3
    except KeyboardInterrupt:
        errors.print(STOPPED)
        status = INTERRUPTED
    except Exception:
        for traced in traceback.format_exc().splitlines():  # the traceback may quote a student
            errors.print(_plain(traced), markup=False, highlight=False)
        errors.print("grade: this is a fault of the grader; please report the lines above.")
        status = 3
    sys.exit(status if isinstance(status, int) else 0)


def _stop(number: int, frame: object) -> None:
    """Treat a SIGTERM as a ^C."""
    raise KeyboardInterrupt


def _refuse_misspelt_command(first: str = "") -> None:
    """Raise UsageError for `grade verfy`: the word would be taken for a folder of submissions."""
    meant = get_close_matches(first, list(app), 1, 0.75)
    if meant and first not in app and not Path(first).exists():
        raise UsageError(f"there is no command {first}: did you mean grade {meant[0]}?")


def _misunderstood(error: CycloptsError) -> str:
    """The fault of a command line, in words for people who do not know what a token is."""
    match error:
        case MissingArgumentError(argument=argument) if argument is not None:
            return f"{argument.name} is missing"
        case UnusedCliTokensError(unused_tokens=tokens) if tokens:
            return f"{shlex.join(tokens)} is not expected here (put a name with spaces in quotes)"
    return _one_line(error).removesuffix(".")


def _one_line(error: Exception) -> str:
    return _plain(" ".join(str(error).split()))


def _plain(text: str) -> str:
    from .run.progress import harmless_text

    return harmless_text(text)


def _console() -> Console:
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH, highlight=False)


def _ids(listed: str) -> tuple[str, ...]:
    """Question ids, separated by commas."""
    return tuple(part.strip() for part in listed.split(",") if part.strip())


def _device(asked: str) -> str:
    from .doctor import cuda

    found = cuda()
    if asked == "cuda" and not found.good:
        raise UsageError(f"--device cuda: {found.value}; use --device cpu")
    return "cuda" if asked != "cpu" and found.good else "cpu"
