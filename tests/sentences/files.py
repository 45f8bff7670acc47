"""The sentences about files: how they were handed in, and whether they can be read."""

from __future__ import annotations

import json
import os
import signal
import stat
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from grader.assignment import late as late_policy
from grader.assignment import load
from grader.intake import archives, attempts, submissions, submitted_file
from grader.intake.submissions import collect, collect_class
from grader.judging.misplaced import Misplaced
from grader.judging.reading_process import why_unread
from grader.judging.scoring import totalled
from grader.messages import Message, Text
from grader.notebook.handed_in import read_files
from grader.notebook.program import build
from grader.notebook.raw_cells import UnreadableNotebook
from grader.notebook.read import MAX_CELLS, read_notebook
from grader.notebook.template import template_of
from grader.results import QuestionResult, Status, SubmissionResult
from grader.run.identity import best
from grader.self_check.check import NEWER_HERE

from .sentence import Sentence

CODE = b"x = 1\n"


def of_folder(folder: Path, **files: bytes) -> Message:
    """The sentence about the only student, whose folder holds these files; "_" is written for "." in their names."""
    home = folder / "ana"
    home.mkdir(exist_ok=True)
    for name, data in files.items():
        (home / name.replace("_", ".")).write_bytes(data)
    return said(folder)


def said(folder: Path) -> Message:
    """The first thing that is said of the student ana in a class of two."""
    (folder / "luis").mkdir(exist_ok=True)
    (folder / "luis" / "t.py").write_bytes(CODE)
    ana = next(s for s in collect(folder) if s.student != "luis" and "luis" not in s.file)
    return ana.problem if ana.problem is not None else ana.notes[0]


def zipped(folder: Path, change: Callable[[zipfile.ZipInfo], None]) -> Path:
    """A .zip in ana's folder that holds one entry, t.py, with something about it changed."""
    (folder / "ana").mkdir(exist_ok=True)
    info = zipfile.ZipInfo("t.py")
    change(info)
    with zipfile.ZipFile(folder / "ana" / "t.zip", "w") as packed:
        packed.writestr(info, CODE)
    return folder / "ana" / "t.zip"


def of_zip(folder: Path, change: Callable[[zipfile.ZipInfo], None] = lambda info: None) -> Message:
    zipped(folder, change)
    return said(folder)


def renamed(name: str) -> Callable[[zipfile.ZipInfo], None]:
    def change(info: zipfile.ZipInfo) -> None:
        info.filename = name

    return change


def linked(info: zipfile.ZipInfo) -> None:
    info.external_attr = (stat.S_IFLNK | 0o777) << 16


def unusual(info: zipfile.ZipInfo) -> None:
    info.compress_type = zipfile.ZIP_BZIP2


def encrypted(folder: Path) -> Message:
    """The flag is in the table of contents, 8 bytes behind the entry's head."""
    file = zipped(folder, lambda info: None)
    data = bytearray(file.read_bytes())
    data[data.index(b"PK\1\2") + 8] |= 1
    file.write_bytes(data)
    return said(folder)


def damaged(folder: Path) -> Message:
    """The entry's own bytes are not what its check sum says."""
    file = zipped(folder, lambda info: None)
    file.write_bytes(file.read_bytes().replace(CODE, b"y = 2\n"))
    return said(folder)


def bomb(folder: Path) -> Message:
    info = zipfile.ZipInfo("t.py")
    info.file_size, info.compress_size = 2**22, 2**12
    why = archives._why_refused(info, "t.py", "ana/t.zip!t.py")
    assert why is not None
    return why


def outside(folder: Path) -> Message:
    (folder / "ana").mkdir()
    (folder / "ana" / "t.py").symlink_to("/etc/hostname")
    return said(folder)


def pipe(folder: Path) -> Message:
    (folder / "ana").mkdir()
    os.mkfifo(folder / "ana" / "t.py")
    return said(folder)


def with_limit(folder: Path, module: object, name: str, limit: int, situation: Callable[[Path], Message]) -> Message:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, name, limit)
        return situation(folder)


def refused_by_the_system(error: OSError) -> Message:
    return submitted_file.not_readable("ana/t.ipynb", error)


def unreadable(data: bytes, name: str = "t.ipynb") -> Message:
    with pytest.raises(UnreadableNotebook) as caught:
        read_notebook(data, name)
    return caught.value.message


def cells(*sources: str, **more: object) -> bytes:
    return json.dumps({"cells": [{"cell_type": "code", "source": s} for s in sources], **more}).encode()


def note(*sources: str) -> Message:
    return read_notebook(cells(*sources), "t.ipynb").notes[0]


def program_note(*sources: str, aliases: dict[str, str] | None = None) -> Message:
    return build(read_notebook(cells(*sources), "t.ipynb"), ["f"], aliases=aliases or {}).notes[0]


def several_attempts(folder: Path) -> Message:
    for day in (1, 2):
        (folder / f"1-9 - ana - Mar {day}, 2026 1005 AM").mkdir()
        (folder / f"1-9 - ana - Mar {day}, 2026 1005 AM" / "t.py").write_bytes(CODE)
    return said(folder)


def best_attempt(folder: Path) -> Message:
    several_attempts(folder)
    ana = next(s for s in collect_class(folder, attempt="best").submissions if s.student == "ana")
    both = (ana, *ana.others)
    results = [SubmissionResult("ana", a.file, Status.GRADED, "t", "es", total=2.0 - a.attempt) for a in both]
    return best(list(zip(both, results, strict=True)), lambda result: result).notes[0]


def absent(folder: Path) -> Message:
    (folder / "roster.csv").write_text("name\nana\nluis\n")
    return said(folder)


def listed_only(folder: Path) -> Message:
    (folder / "submission_metadata.yml").write_text("submission_1:\n  :submitters:\n  - :name: ana\n")
    return said(folder)


CONFLICT = '{"cells": [\n<<<<<<< HEAD\n{"source": "x"}\n=======\n{"source": "y"}\n>>>>>>> b\n]}'


def elsewhere(title: Text) -> Message:
    return Misplaced(title, 1, 15).told()


def unreadable_program(*sources: str) -> Message:
    with pytest.raises(UnreadableNotebook) as caught:
        program_note(*sources)
    return caught.value.message


LONG = "x = 1\n" * 100_000

def template_below(folder: Path) -> Message:
    empty = "def f(x):\n    pass"
    template = template_of(read_notebook(cells(empty), "template.ipynb"))
    return build(read_notebook(cells("def f(x):\n    return x", empty), "t.ipynb"), ["f"], template=template).notes[0]


def no_code(folder: Path) -> Message:
    with pytest.raises(UnreadableNotebook) as raised:
        read_files([], "t.txt", load.load_assignment(load.default_folder()))
    return raised.value.message


def late_note(policy: str, number: int, submitted: str = "2026-12-30T10:00:00", late: bool | None = None) -> Message:
    """A note about a submission with 8 points and a deadline a month before."""
    table = load.load_assignment(load.default_folder())
    deadline = late_policy.deadline_of("2026-11-30", "23:59", "America/Santiago")
    late_table = replace(table, late=late_policy.policy_of(deadline, late_policy.FORM.fullmatch(policy)))
    earned = QuestionResult("1a", Text("t", "t"), 8.0, 8.0)
    result = SubmissionResult("ana", "t", Status.GRADED, "t", "es", questions=(earned,), attempt=1,
                              submitted=submitted, late=late)  # fmt: skip
    return totalled(result, late_table, complete=False).late_notes[number]


SITUATIONS: dict[str, Callable[[Path], Message]] = {
    "late, and nobody knows when": lambda _: late_note("1 point per day", 0, "", True),
    "late": lambda _: late_note("1 point per day", 0),
    "late days that count": lambda _: late_note("1 point per day, 2 free days", 1),
    "the price of late days in points": lambda _: late_note("0.1 points per day", 2),
    "the price of late days in percent": lambda _: late_note("1 % per day", 2),
    "the most that late days cost, in percent": lambda _: late_note("10 % per day, at most 50 %", 3),
    "the most that late days cost, in points": lambda _: late_note("1 point per day, at most 2 points", 3),
    "the template below an answer": template_below,
    "neither a notebook nor Python": no_code,
    "a newer Python at home": lambda folder: replace(NEWER_HERE, values={"own": "3.13", "graded": "3.11"}),
    "an empty folder": of_folder,
    "a folder of caches": lambda folder: of_folder(folder, _DS_Store=b""),
    "no notebook": lambda folder: of_folder(folder, notas_pdf=b"%PDF"),
    "a link": outside,
    "a pipe": pipe,
    "not permitted": lambda folder: refused_by_the_system(PermissionError(13, "Permission denied")),
    "a broken disk": lambda folder: refused_by_the_system(OSError(5, "Input/output error")),
    "too large": lambda folder: with_limit(
        folder, submitted_file, "FILE_LIMIT", 2**20, lambda f: of_folder(f, t_py=CODE * 2**18)
    ),
    "too large together": lambda folder: with_limit(
        folder, submissions, "STUDENT_LIMIT", 4, lambda f: of_folder(f, t_py=CODE)
    ),
    "no zip": lambda folder: of_folder(folder, t_zip=b"PK, more or less"),
    "a zip of many files": lambda folder: with_limit(folder, archives, "DIRECTORY_LIMIT", 4, of_zip),
    "a zip without answers": lambda folder: of_zip(folder, renamed("t.txt")),
    "a zip in a zip": lambda folder: with_limit(
        folder, attempts, "ARCHIVES_DEEP", 1, lambda f: of_zip(f, renamed("t.zip"))
    ),
    "a tar that is too large": lambda folder: with_limit(
        folder, archives, "TAR_LIMIT", 4, lambda f: of_folder(f, t_tar=bytes(512))
    ),
    "a rar": lambda folder: of_folder(folder, t_rar=b"Rar!"),
    "more files than code may see": lambda folder: with_limit(
        folder, submissions, "FILES", 1, lambda f: of_folder(f, t_py=CODE, z_csv=b"1")
    ),
    "several attempts": several_attempts,
    "the best attempt": best_attempt,
    "absent": absent,
    "listed only": listed_only,
    "a merge conflict": lambda folder: unreadable(CONFLICT.encode()),
    "a path out of the zip": lambda folder: of_zip(folder, renamed("../t.py")),
    "a link in a zip": lambda folder: of_zip(folder, linked),
    "an encrypted zip": encrypted,
    "an unusual zip": lambda folder: of_zip(folder, unusual),
    "a zip bomb": bomb,
    "a nameless entry": lambda folder: archives._entry(
        zipfile.ZipFile(folder / "z.zip", "w"), zipfile.ZipInfo("./."), "ana/t.zip"
    ).read(),
    "a damaged zip": damaged,
    "a .zip named .ipynb": lambda folder: unreadable(b"PK\3\4"),
    "a gzip": lambda folder: unreadable(b"\x1f\x8b\x08"),
    "a pdf": lambda folder: unreadable(b"%PDF-1.7"),
    "a web page": lambda folder: unreadable(b"<!doctype html>"),
    "a pointer": lambda folder: unreadable(b"version https://git-lfs.github.com/spec/v1"),
    "an empty file": lambda folder: unreadable(b" \n"),
    "a script that is none": lambda folder: unreadable(b"\0\1\2", "t.py"),
    "no code": lambda folder: unreadable(cells("", " ")),
    "too much code": lambda folder: unreadable(cells(LONG)),
    "json": lambda folder: unreadable(b'{"a": 1}'),
    "another language": lambda folder: unreadable(cells("x", metadata={"kernelspec": {"language": "R"}})),
    "half a notebook": lambda folder: unreadable(cells("x")[:-9]),
    "nested without end": lambda folder: unreadable(b"[" * 200_000),
    "too much code in one cell": lambda folder: note("x = 1", LONG),
    "many cells": lambda folder: note("x", *[""] * MAX_CELLS),
    "many names": lambda folder: unreadable_program(*[f"a{k} = 1\n" * 100 for k in range(201)]),
    "reading takes long": lambda folder: why_unread("t.ipynb", signal.SIGXCPU),
    "reading takes much": lambda folder: why_unread("t.ipynb", 0),
    "the parser crashes": lambda folder: why_unread("t.ipynb", signal.SIGSEGV),
    "another assignment": lambda folder: elsewhere(Text("Tarea 1: MLP", "Homework 1: MLP")),
    "an unknown assignment": lambda folder: elsewhere(Text()),
    "shell lines": lambda folder: note("!pip install torch\nx = 1"),
    "a definition that does not parse": lambda folder: program_note("def f(x)\n    return x\n"),
    "a line that does not parse": lambda folder: program_note("def f(x):\n    return x\n\nx = = 1\n"),
    "defined twice": lambda folder: program_note("def f(x):\n    return x", "def f(x):\n    return 2 * x"),
    "an alias of nothing": lambda folder: program_note("x = 1", aliases={"f": "g"}),
}
SENTENCES: dict[str, Sentence] = {
    "late, and nobody knows when": Sentence(
        "entregada con atraso; no se sabe cuándo, así que no se descuenta nada: "
        "el plazo vencía el 2026-11-30 23:59 America/Santiago",
        "handed in late; when is not known, so nothing is taken off: "
        "the deadline was 2026-11-30 23:59 America/Santiago",
    ),
    "late": Sentence(
        "entregada el 2026-12-30T10:00:00, después del plazo (2026-11-30 23:59 America/Santiago): "
        "30 días de atraso (un día que empezó cuenta)",
        "handed in 2026-12-30T10:00:00, after the deadline 2026-11-30 23:59 America/Santiago: "
        "30 late days (a day that has begun counts)",
    ),
    "late days that count": Sentence(
        "30 días de atraso - 2 libres - 0 perdonados = 28 que cuentan",
        "30 late days - 2 free - 0 waived = 28 that count",
    ),
    "the price of late days in points": Sentence(
        "30 x 0.1 puntos = 3, así que de 8 puntos quedan 5", "30 x 0.1 points = 3, so 5 of 8 points remain"
    ),
    "the price of late days in percent": Sentence(
        "30 x 1 % de 8 puntos = 2.4, así que quedan 5.6 puntos", "30 x 1 % of 8 points = 2.4, so 5.6 points remain"
    ),
    "the most that late days cost, in percent": Sentence(
        "los días de atraso descuentan a lo más un 50 % de los puntos", "late days take off at most 50 % of the points"
    ),
    "the most that late days cost, in points": Sentence(
        "los días de atraso descuentan a lo más 2 puntos", "late days take off at most 2 points"
    ),
    "the template below an answer": Sentence(
        "f está en la celda 2 tan vacío como en la plantilla; cuenta la respuesta de la celda 1.",
        "f is as empty in cell 2 as in the template; the answer in cell 1 counts.",
    ),
    "neither a notebook nor Python": Sentence(
        "t.txt no contiene ni un notebook ni Python: entrega el archivo .ipynb.",
        "t.txt contains no notebook and no Python: hand in the .ipynb file.",
    ),
    "a newer Python at home": Sentence(
        "Esto es Python 3.13, y tu notebook se corrige con Python 3.11: lo nuevo de Python 3.13 no funciona allí.",
        "This is Python 3.13, and your notebook is graded with Python 3.11: what is new in Python 3.13 does not run "
        "there.",
    ),
    "many cells": Sentence(
        "t.ipynb tiene más de 10000 celdas; las demás quedan fuera.",
        "t.ipynb has more than 10000 cells; the others are left out.",
    ),
    "many names": Sentence(
        "El notebook define más de 20000 nombres: borra lo que no sea parte de tus respuestas y entrégalo de nuevo.",
        "The notebook defines more than 20000 names: remove what does not belong to your answers, "
        "and hand it in again.",
    ),
    "reading takes long": Sentence(
        "t.ipynb no se puede leer en 30 s: borra lo que no sea parte de tus respuestas y entrégalo de nuevo.",
        "t.ipynb cannot be read within 30 s: remove what does not belong to your answers, and hand it in again.",
    ),
    "reading takes much": Sentence(
        "t.ipynb no se puede leer con 1536 MB de memoria: borra salidas y datos, y entrégalo de nuevo.",
        "t.ipynb cannot be read with 1536 MB of memory: remove outputs and data, and hand it in again.",
    ),
    "the parser crashes": Sentence(
        "t.ipynb no se puede leer: su código tiene demasiados niveles de anidación para Python.",
        "t.ipynb cannot be read: its code is nested too deeply for Python.",
    ),
    "another assignment": Sentence(
        "Esto parece ser de otra tarea, Tarea 1: MLP: define 1 de los 15 nombres que se piden aquí. "
        "Entrega tus respuestas de esta tarea.",
        "This seems to belong to another assignment, Homework 1: MLP: it defines 1 of the 15 names that are asked for "
        "here. Hand in your answers to this assignment.",
    ),
    "an unknown assignment": Sentence(
        "Esto parece ser de otra tarea: define 1 de los 15 nombres que se piden aquí. "
        "Entrega tus respuestas de esta tarea.",
        "This seems to belong to another assignment: it defines 1 of the 15 names that are asked for here. "
        "Hand in your answers to this assignment.",
    ),
    "an empty folder": Sentence(
        "la carpeta ana está vacía",
        "the folder ana is empty",
    ),
    "a folder of caches": Sentence(
        "ana no contiene nada que se pueda corregir",
        "ana contains nothing that can be graded",
    ),
    "no notebook": Sentence(
        "ana/notas.pdf no se puede corregir: entrega un .ipynb, un .py o un .zip con ellos",
        "ana/notas.pdf cannot be graded: hand in a .ipynb, a .py or a .zip of them",
    ),
    "a link": Sentence(
        "ana/t.py es un enlace a otro lugar: entrega el archivo mismo",
        "ana/t.py is a link to somewhere else: hand in the file itself",
    ),
    "a pipe": Sentence(
        "ana/t.py no es un archivo común: entrega el archivo mismo",
        "ana/t.py is not a plain file: hand in the file itself",
    ),
    "not permitted": Sentence(
        "ana/t.ipynb no tiene permiso de lectura: cambia sus permisos",
        "ana/t.ipynb may not be read: change its permissions",
    ),
    "a broken disk": Sentence(
        "ana/t.ipynb no se puede leer (Input/output error)",
        "ana/t.ipynb cannot be read (Input/output error)",
    ),
    "too large": Sentence(
        "ana/t.py pesa más de 1 MB: borra sus salidas, deja fuera los datos y entrégalo de nuevo",
        "ana/t.py is larger than 1 MB: clear its outputs, leave out data, and hand it in again",
    ),
    "too large together": Sentence(
        "ana/t.py no se leyó: estos archivos juntos son demasiado grandes",
        "ana/t.py was not read: together these files are too large",
    ),
    "no zip": Sentence(
        "ana/t.zip está dañado o no es un .zip: vuelve a comprimirlo",
        "ana/t.zip is damaged or not a .zip: pack it again",
    ),
    "a zip of many files": Sentence(
        "ana/t.zip contiene demasiados archivos: deja fuera los datos",
        "ana/t.zip contains too many files: leave out data",
    ),
    "a zip without answers": Sentence(
        "ana/t.zip no contiene ningún .ipynb ni .py",
        "ana/t.zip contains no .ipynb or .py file",
    ),
    "a zip in a zip": Sentence(
        "ana/t.zip!t.zip está dentro de demasiados archivos comprimidos: entrega el notebook mismo",
        "ana/t.zip!t.zip lies in too many archives: hand in the notebook itself",
    ),
    "a tar that is too large": Sentence(
        "ana/t.tar es demasiado grande al descomprimirlo: no incluyas datos",
        "ana/t.tar is too large when unpacked: leave out data",
    ),
    "a rar": Sentence(
        "ana/t.rar está comprimido en un formato que no se puede abrir: comprímelo como .zip",
        "ana/t.rar is packed in a way that cannot be opened: pack it as a .zip",
    ),
    "more files than code may see": Sentence(
        "hay demasiados archivos, o son demasiado grandes; no se usaron: ana/z.csv",
        "too many or too large files; not used: ana/z.csv",
    ),
    "several attempts": Sentence(
        "2 intentos: se corrigió el intento 2, 1-9 - ana - Mar 2, 2026 1005 AM/t.py",
        "2 attempts: attempt 2 was graded, 1-9 - ana - Mar 2, 2026 1005 AM/t.py",
    ),
    "the best attempt": Sentence(
        "2 intentos: cuenta el mejor, el intento 1, 1-9 - ana - Mar 1, 2026 1005 AM/t.py",
        "2 attempts: the best one was graded, attempt 1, 1-9 - ana - Mar 1, 2026 1005 AM/t.py",
    ),
    "absent": Sentence("no se entregó nada", "nothing was handed in"),
    "listed only": Sentence(
        "submission_1 está en la lista de la plataforma, pero no está aquí: expórtala de nuevo",
        "submission_1 is listed by the platform, but it is not here: export it again",
    ),
    "a merge conflict": Sentence(
        "t.ipynb tiene un conflicto de fusión en la línea 2: elige una versión, guarda y entrega de nuevo.",
        "t.ipynb has a merge conflict at line 2: choose one version, save, and hand it in again.",
    ),
    "a path out of the zip": Sentence(
        "ana/t.zip!t.py tiene una ruta que sale del archivo comprimido: vuelve a comprimirlo",
        "ana/t.zip!t.py has a path that leaves the archive: pack it again",
    ),
    "a link in a zip": Sentence(
        "ana/t.zip!t.py es un enlace o un dispositivo, no un archivo: comprime el archivo mismo",
        "ana/t.zip!t.py is a link or a device, not a file: pack the file itself",
    ),
    "an encrypted zip": Sentence(
        "ana/t.zip!t.py está cifrado: comprímelo sin contraseña",
        "ana/t.zip!t.py is encrypted: pack it without a password",
    ),
    "an unusual zip": Sentence(
        "ana/t.zip!t.py está comprimido de una forma poco usual: comprímelo como un .zip corriente",
        "ana/t.zip!t.py is compressed in an unusual way: pack it as an ordinary .zip",
    ),
    "a zip bomb": Sentence(
        "ana/t.zip!t.py crece 1024 veces al descomprimirlo, algo imposible para un notebook: no se abrió",
        "ana/t.zip!t.py grows 1024 times when unpacked, which is impossible for a notebook: it was not opened",
    ),
    "a nameless entry": Sentence(
        "ana/t.zip! es un archivo sin nombre: vuelve a comprimirlo",
        "ana/t.zip! is a file without a name: pack it again",
    ),
    "a damaged zip": Sentence(
        "ana/t.zip!t.py está dañado: vuelve a comprimirlo",
        "ana/t.zip!t.py is damaged: pack it again",
    ),
    "a .zip named .ipynb": Sentence(
        "t.ipynb es un archivo zip: descomprímelo y entrega el notebook que contiene.",
        "t.ipynb is a zip archive: unpack it and hand in the notebook inside.",
    ),
    "a gzip": Sentence(
        "t.ipynb es un archivo gzip: descomprímelo y entrega el notebook que contiene.",
        "t.ipynb is a gzip archive: unpack it and hand in the notebook inside.",
    ),
    "a pdf": Sentence(
        "t.ipynb es un PDF: entrega el archivo .ipynb mismo.",
        "t.ipynb is a PDF: hand in the .ipynb file itself.",
    ),
    "a web page": Sentence(
        "t.ipynb es una página web: entrega el archivo .ipynb mismo (en Colab: Archivo > Descargar > .ipynb).",
        "t.ipynb is a web page: hand in the .ipynb file itself (in Colab: File > Download > .ipynb).",
    ),
    "a pointer": Sentence(
        "t.ipynb es un puntero de Git LFS: entrega el archivo al que apunta.",
        "t.ipynb is a Git LFS pointer: hand in the file that it points to.",
    ),
    "an empty file": Sentence(
        "t.ipynb está vacío: guarda el notebook y entrégalo de nuevo.",
        "t.ipynb is empty: save the notebook and hand it in again.",
    ),
    "a script that is none": Sentence(
        "t.py no es un archivo de texto: entrega el script mismo.",
        "t.py is not a text file: hand in the script itself.",
    ),
    "no code": Sentence(
        "t.ipynb no tiene celdas de código: entrega el notebook con tus respuestas.",
        "t.ipynb has no code cells: hand in the notebook with your answers in it.",
    ),
    "too much code": Sentence(
        "t.ipynb tiene más de 500000 caracteres de código en una celda: saca los datos del notebook.",
        "t.ipynb has more than 500000 characters of code in one cell: move data out of the notebook.",
    ),
    "json": Sentence(
        "t.ipynb es JSON, pero no un notebook, porque no tiene celdas: entrega el archivo .ipynb.",
        "t.ipynb is JSON but not a notebook, because it has no cells: hand in the .ipynb file.",
    ),
    "another language": Sentence(
        "t.ipynb es un notebook de R: elige un kernel de Python, guárdalo y entrégalo de nuevo.",
        "t.ipynb is a notebook for R: choose a Python kernel, save, hand it in again.",
    ),
    "half a notebook": Sentence(
        "t.ipynb no es un notebook, o está dañado en la línea 1: guárdalo como .ipynb e inténtalo de nuevo.",
        "t.ipynb is not a notebook, or damaged at line 1: save it as .ipynb and try again.",
    ),
    "nested without end": Sentence(
        "t.ipynb no es un notebook, o está dañado: guárdalo como .ipynb y entrégalo de nuevo.",
        "t.ipynb is not a notebook, or damaged: save it as .ipynb and hand it in again.",
    ),
    "too much code in one cell": Sentence(
        "La celda 2 tiene 600000 caracteres de código. Es demasiado larga para leerla y queda fuera.",
        "Cell 2 has 600000 characters of code. It is too long to read and is left out.",
    ),
    "shell lines": Sentence(
        "Celda 1: estas líneas no son Python y quedan fuera: !pip install torch",
        "Cell 1: these lines are not Python and are left out: !pip install torch",
    ),
    "a definition that does not parse": Sentence(
        "Celda 1, línea 1: expected ':'. Python no puede leer esto; queda fuera: f.",
        "Cell 1, line 1: expected ':'. Python cannot read this; left out: f.",
    ),
    "a line that does not parse": Sentence(
        "Celda 1, línea 4: invalid syntax. Python no puede leer esto; el resto cuenta.",
        "Cell 1, line 4: invalid syntax. Python cannot read this; the rest of it counts.",
    ),
    "defined twice": Sentence(
        "f está definido 2 veces; cuenta la última, en la celda 2.",
        "f is defined 2 times; the last one, in cell 2, counts.",
    ),
    "an alias of nothing": Sentence(
        "g se aceptó como nombre de f, pero el notebook no define g.",
        "g was accepted as the name of f, but the notebook does not define g.",
    ),
}
