"""The kind of a file, by its content."""

from __future__ import annotations

import pytest

from grader.content import Kind, kind_of

NOTEBOOK = b'{"cells": [{"cell_type": "code"}]}'


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (NOTEBOOK, Kind.NOTEBOOK),
        (b"\xef\xbb\xbf \n" + NOTEBOOK, Kind.NOTEBOOK),
        (NOTEBOOK.decode().encode("utf-16"), Kind.NOTEBOOK),
        (NOTEBOOK + b"\ngracias!", Kind.NOTEBOOK),
        (b"<<<<<<< HEAD\n" + NOTEBOOK + b"\n=======\n" + NOTEBOOK + b"\n>>>>>>> x\n", Kind.NOTEBOOK),
        (b'{"worksheets": [{"cells": []}]}', Kind.NOTEBOOK),
        (b'{"x": 1}', Kind.TEXT),
        (b"import torch\n", Kind.PYTHON),
        ("# año\ndef f(x):\n    return x\n".encode("latin-1"), Kind.PYTHON),
        (b"def f(:\nimport os\nclass A:\n", Kind.PYTHON),
        (b"hola", Kind.TEXT),
        (b"import the data, please", Kind.TEXT),
        (b"from here on I explain: import x\n", Kind.TEXT),
        (b"<html>\nimport os\n</html>", Kind.TEXT),
        (b"%PDF-1.4\0\0", Kind.OTHER),
        (b"PK\3\4" + b"t.ipynb", Kind.ZIP),
        (b"PK\3\4" + b"[Content_Types].xml", Kind.OTHER),
        (b"", Kind.TEXT),
    ],
)
def test_kind_of(data: bytes, kind: Kind) -> None:
    """JSON with cells is a notebook, lines that only Python has are Python, an office file is not an archive."""
    assert kind_of(data) is kind
