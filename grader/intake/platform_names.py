"""Read the names that learning platforms give to the files and folders that they export."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from .people import Person, display_name, without_accents
from .times import iso_time

# "<full name>_<participant>_assignsubmission_file_" is a folder; with more after it, a file. Older Moodles end the
# folder's name with the underscore, newer ones do not.
MOODLE = re.compile(
    r"(?P<name>.+?)_(?P<id>\d+)_assignsubmission_(?P<kind>file|onlinetext)(?:_(?P<file>.*))?", re.DOTALL
)

# "<name>[_LATE]_<user>_<attachment>_<file>". Attachments are numbered over a whole Canvas site, so numbers of one or
# two digits, and years after such a number, come from a teacher's own scheme ("tarea_2_1_ana.ipynb",
# "tarea_2_2024_ana.ipynb"). Canvas writes names in lower case, without blanks.
CANVAS = re.compile(
    r"(?P<name>[^\s.-]+?)(?:_(?P<late>LATE))?_(?P<id>\d+)_"
    r"(?!(?:(?<=_\d_)|(?<=_\d\d_))(?:19|20)\d\d_)(?P<attachment>\d{3,})_(?P<file>.+)",
    re.DOTALL,
)
CANVAS_ANONYMOUS = re.compile(
    r"(?:(?P<late>LATE)_)?(?P<name>anon_(?P<id>[^_]+))_(?P<attachment>\d+)_(?P<file>.+)", re.DOTALL
)
CANVAS_TEXT = re.compile(r"(?P<name>[^\s.-]+?)(?:_(?P<late>LATE))?_(?P<id>\d+)_(?P<file>(?:text|link)\.html)")

# "<assignment>_<login>_attempt_<time>_<file>", and the receipt "<assignment>_<login>_attempt_<time>.txt".
BLACKBOARD = re.compile(
    r"(?P<name>.+)_(?:attempt|intento|tentativa|tentative|versuch)_(?P<time>\d{4}(?:-\d\d){5})(?:_(?P<file>.+)|\.txt)",
    re.DOTALL | re.IGNORECASE,
)

# "<user>-<folder> - <full name> - <time>" is a folder; with " - <file>" after it, a file.
DATE = (
    r"(?:[^\W\d_]+\.? \d{1,2},? \d{4}|\d{1,2} (?:de )?[^\W\d_]+\.?,? (?:de )?\d{4}|"
    r"\d{4}-\d\d-\d\d|\d{1,2}-[^\W\d_]+-\d{4})"
)
BRIGHTSPACE = re.compile(
    rf"(?P<id>\d+)-\d+ - (?P<name>.+) - (?P<time>{DATE}[^-]*?(?: \d\d?[-:.]\d\d[^-]*?)?)(?: - (?P<file>.+))?", re.DOTALL
)
BRIGHTSPACE_WITHOUT_TIME = re.compile(r"(?P<id>\d+)-\d+ - (?P<name>.+?)(?: - (?P<file>.+))?(?P<time>)", re.DOTALL)

# "<last name>_<first name>_<login>_<user>", a folder; its files begin with the time, "20260301100000_t.ipynb".
ILIAS = re.compile(r"(?P<last>[^_\d]+)_(?P<first>[^_\d]+)_(?P<login>[^_\s]+)_(?P<id>\d+)")
ILIAS_FILE = re.compile(r"(?P<time>(?:19|20)\d{12})_(?P<file>.+)", re.DOTALL)

# "<full name> - <title>", a file in Google Classroom's folder in Drive.
GOOGLE = re.compile(r"(?P<name>[^\W\d_][^\d_]*?) - (?P<file>.+)", re.DOTALL)
# Drive's name for the .zip of a folder.
DRIVE_ZIP = re.compile(r".+-\d{8}T\d{6}Z-(?:\d+-)?\d{3}\.zip", re.IGNORECASE)

# Words of file names that say what a file is, and not whose.
IMPERSONAL = set(
    """
    a and answer answers archivo asignacion assignment attempt backup bak bonus borrador clase class code codigo
    colab control copia copy corregida corregido course cuaderno curso damaged data datos de deep definitivo del dl
    draft e ejercicio el en entrega entregable entregas enunciado exam examen exercise exercises extra file final
    grades homework hw ia index informe instrucciones instructions intento ipynb jupyter la lab laboratorio labs
    learning lista main ml model modelo module modulo nb nn notas notebook notebooks notes nueva nuevo of ok old
    part parte pauta plantilla practica practical practico pregunta problem problema project proyecto prueba pset q
    question quiz report respuesta respuestas roster rubric rubrica seccion section semana solucion soluciones
    solution solutions src statement submission submissions syllabus tarea tareas template test the train unidad
    unit untitled utils v ver version week y
    """.split()  # noqa: SIM905 (a list of a hundred quoted words reads worse)
)


@dataclass(frozen=True)
class Named:
    """The facts in a platform's name of a file or folder."""

    platform: str
    person: Person
    file: str = ""  # the student's own name of the file; "" for a folder
    time: str = ""  # of the submission, ISO 8601
    late: bool | None = None  # None: the name does not say
    sequence: int = 0  # of files with the same time, the higher is the newer
    typed: bool = False  # words or an address typed into the platform, not a file


def impersonal(text: str) -> bool:
    """Whether a name says only what a file is: "tarea2", "HW 3 final", "t"; a number of five digits may be an id."""
    plain = without_accents(text).casefold()
    words = re.findall(r"[^\W\d_]+", plain)
    return all(len(word) == 1 or word in IMPERSONAL for word in words) and not re.search(r"\d{5}", plain)


def moodle(name: str) -> Named | None:
    """The owner of a file or folder of Moodle's "Download all submissions"; None for a name in another form."""
    match = MOODLE.fullmatch(name)
    if match is None:
        return None
    person = Person(display_name(match["name"].replace("_", " ")), match["id"])
    return Named("moodle", person, match["file"] or "", typed=match["kind"] == "onlinetext")


def canvas(name: str) -> Named | None:
    """The owner of a file of Canvas's "Download submissions"; None for a name in another form."""
    match = CANVAS_ANONYMOUS.fullmatch(name) or CANVAS.fullmatch(name) or CANVAS_TEXT.fullmatch(name)
    if match is None:
        return None
    typed = match.re is CANVAS_TEXT
    number = 0 if typed else int(match["attachment"])
    name = match["name"]
    if match.re is not CANVAS_ANONYMOUS:
        # Canvas writes names in lower case; others are believed only with long numbers.
        long = number >= 1000 and len(match["id"]) > 1
        if impersonal(name) or impersonal(name.split("_")[0]) or not (name == name.lower() or long):
            return None
    person = Person(display_name(match["name"]), match["id"])
    return Named("canvas", person, match["file"], "", bool(match["late"]), number, typed)


def not_canvas(named: Mapping[str, Named]) -> set[str]:
    """The names in a folder that look like Canvas's but follow a teacher's own scheme ("redes_1_1230_ana.ipynb").

    Canvas never gives the number of an attachment to two people, and the files of a class have more than one owner.
    """
    owners: dict[int, set[Person]] = defaultdict(set)
    for found in named.values():
        if not found.typed:
            owners[found.sequence].add(found.person)
    repeated = {name for name, found in named.items() if len(owners[found.sequence]) > 1}
    if len({found.person for found in named.values()}) == 1 and not any(found.late for found in named.values()):
        stems = {re.sub(r"-\d+$", "", found.file.rsplit(".", 1)[0]) for found in named.values()}
        if len([stem for stem in stems if not impersonal(stem)]) > 1 or (
            len(named) > 2 and len({found.file for found in named.values()}) == 1
        ):
            return set(named)
    return repeated


def blackboard(names: Iterable[str]) -> dict[str, Named]:
    """The owners of the files of Blackboard's "Assignment File Download", by file name.

    The assignment and the login may hold underscores. What most names begin with is the assignment; for one person
    alone, everything before the last underscore is.
    """
    matches = {name: match for name in names if (match := BLACKBOARD.fullmatch(name))}
    shared = Counter(beginning for name in {m["name"] for m in matches.values()} for beginning in _beginnings(name))
    result = {}
    for name, match in matches.items():
        common = max(_beginnings(match["name"]), key=lambda text: (shared[text], len(text)), default="")
        login = match["name"].removeprefix(common) if shared[common] > 1 else match["name"].rpartition("_")[2]
        person = Person(display_name(login), login=display_name(login))
        result[name] = Named(
            "blackboard", person, match["file"] or "", iso_time(match["time"]), typed=match["file"] is None
        )
    return result


def _beginnings(name: str) -> list[str]:
    """The beginnings of a name that end with an underscore."""
    return [name[: mark.end()] for mark in re.finditer("_", name[:-1])]


def brightspace(name: str) -> Named | None:
    """The owner of a file or folder of Brightspace's "Download"; None for a name in another form."""
    match = BRIGHTSPACE.fullmatch(name) or BRIGHTSPACE_WITHOUT_TIME.fullmatch(name)
    if match is None:
        return None
    person = Person(display_name(match["name"]), match["id"])
    return Named("brightspace", person, match["file"] or "", iso_time(match["time"]))


def ilias(name: str) -> Named | None:
    """The owner of a folder of ILIAS's "Download all submissions"; None for a name in another form."""
    match = ILIAS.fullmatch(name)
    if match is None or any(impersonal(match[part]) and len(match[part]) > 1 for part in ("last", "first", "login")):
        return None
    if re.fullmatch(r"(?:grupo|group|equipo|team)s?", match["login"], re.IGNORECASE):
        return None
    return Named("ilias", Person(display_name(f"{match['first']} {match['last']}"), match["id"], match["login"]))


def google(names: Iterable[str]) -> dict[str, Named]:
    """The owners of the files of Google Classroom's folder in Drive, by file name.

    "Grupo 1 - Ana.ipynb" looks the same: what follows the name is the title of the assignment, or the name is a
    full name.
    """
    matches = {name: match for name in names if (match := GOOGLE.fullmatch(name))}
    titles: dict[str, set[str]] = defaultdict(set)
    for match in matches.values():
        titles[_title(match["file"])].add(match["name"])
    result = {}
    for name, match in matches.items():
        if any(impersonal(word) for word in match["name"].split() if len(word) > 3):
            continue
        full = re.fullmatch(r"[^\W\d_]\S*(?: \S+)+", match["name"]) is not None
        title = _title(match["file"])
        if full or impersonal(title) or len(titles[title]) > 1:
            result[name] = Named("google", Person(display_name(match["name"])), match["file"])
    return result


def _title(file: str) -> str:
    return re.sub(r"(?: \(\d+\))?(?:\.\w+)*$", "", file)


def whole_name(stem: str) -> Named | None:
    """The owner of a file that is called as a platform calls a folder: "12-9 - Ana Rojas - Mar 1, 2026 1005 AM.zip"."""
    found = brightspace(stem)
    if found is not None and found.file:
        found = None
    return found or ilias(stem)


def folder(name: str) -> Named | None:
    """The owner of a folder with a platform's name."""
    found = moodle(name) or brightspace(name) or ilias(name)
    return None if found is None else replace(found, file="")
