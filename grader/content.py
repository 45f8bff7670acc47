"""The kind of a submitted file, by its content: a notebook, Python, or something else."""

from __future__ import annotations

import ast
import re
import warnings
from enum import StrEnum

# The copy that Jupyter keeps of a notebook; groups: the notebook's folder, and its name without ending.
CHECKPOINT = re.compile(r"^((?:.*/)?)\.ipynb_checkpoints/([^/]+)-checkpoint\.ipynb$")
CODE_LIMIT = 2 * 2**20  # characters of a script; the longest real ones have a tenth of that
PARSED = 100_000  # characters of a text that is parsed in order to tell what it is


class Kind(StrEnum):
    """The kind of a file's content."""

    NOTEBOOK = "notebook"
    PYTHON = "python"
    ZIP = "zip"
    TEXT = "text"
    OTHER = "other"


# A notebook's cells in JSON, in formats 4, and 3 and 2.
CELLS = re.compile(r'"(?:cells|worksheets)"\s*:\s*\[')
# A line that begins a statement of Python and hardly a sentence of prose.
STATEMENT = re.compile(
    r"^(?:import [\w.]+(?: as \w+)?(?:, *[\w.]+)*|from [\w.]+ import [\w*(].*|"
    r"(?:async )?def \w+ *\(.*|class \w+ *[:(].*|@\w+.*) *\r?$",
    re.MULTILINE,
)
# Parts of every Word, Excel, OpenDocument and e-book file, and of PyTorch's and NumPy's, which are .zip files too.
NOT_PACKED = (b"[Content_Types].xml", b"mimetype", b"META-INF/", b"data.pkl", b".npy")


def kind_of(data: bytes) -> Kind:
    """The kind of a file, whatever its name is."""
    if data.startswith((b"PK\3\4", b"PK\5\6")):
        return Kind.OTHER if any(part in data[:4096] for part in NOT_PACKED) else Kind.ZIP
    text = decoded_text(data)
    if text is None:
        return Kind.OTHER
    if is_notebook(text):
        return Kind.NOTEBOOK
    return Kind.PYTHON if is_python(text) else Kind.TEXT


def decoded_text(data: bytes) -> str | None:
    """The text of a file in UTF-8, UTF-16 or Latin-1; None if it holds bytes that no text has."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    if b"\0" in data[:65536]:
        return None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("latin-1")
        return None if re.search(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]", text[:65536]) else text


def is_notebook(text: str) -> bool:
    """Whether a text is the JSON of a notebook, even if it is damaged or in conflict."""
    start = text.lstrip()[:8]
    return start.startswith(("{", "<<<<<<<")) and CELLS.search(text) is not None


def is_python(text: str) -> bool:
    """Whether a text holds Python: some lines that only Python has, and it parses or has several of them."""
    if len(text) > CODE_LIMIT or text.lstrip().startswith(("<", "{", "%PDF", "{\\rtf")):
        return False
    statements = STATEMENT.findall(text)
    if not statements:
        return False
    if len(statements) >= 3 or len(text) > PARSED:
        return len(statements) >= 3
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
