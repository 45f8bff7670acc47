"""The cell that sets up the self-check, as a kernel runs it."""

from __future__ import annotations

import subprocess
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from grader.errors import UsageError
from grader.release.handout.cells import self_check_cell, set_up

STUB = "def check(*questions):\n    print('checked', *questions)\n"
COLAB = "import sys, types\nsys.modules['google.colab'] = types.ModuleType('google.colab')"


def outputs(folder: Path, *sources: str) -> list[str]:
    """The printed text of each cell in one fresh kernel that starts in `folder`; a cell that raises is an error."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in sources])
    NotebookClient(notebook, timeout=60, kernel_name="python3", resources={"metadata": {"path": folder}}).execute()
    return ["".join(output.get("text", "") for output in cell.outputs) for cell in notebook.cells]


def test_colab_fetches_the_repository_once_and_the_checks_run_there(tmp_path: Path) -> None:
    """In Colab the repository is cloned and entered, and its requirements are installed; a second run does nothing."""
    origin = tmp_path / "origin"
    origin.mkdir()
    (origin / "requirements.txt").write_text("")
    (origin / "grader.py").write_text(STUB)
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org", "-c", "init.defaultBranch=main"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-qm", "x"]):
        subprocess.run([*git, *command], cwd=origin, check=True)
    kernel = tmp_path / "content"
    kernel.mkdir()
    cell = set_up("en", repository=f"file://{origin}", folder="copy")
    where = "import os; print(os.getcwd(), os.listdir())"
    printed = outputs(kernel, COLAB, cell, cell, where, self_check_cell("1b", "en"))
    assert printed[4] == "checked 1b\n"
    assert printed[3].startswith(str(kernel / "copy") + " ")
    assert "copy'" not in printed[3]


@pytest.mark.parametrize("inner", ["", "homework-main/"])
def test_without_an_address_colab_unpacks_an_uploaded_repository(tmp_path: Path, inner: str) -> None:
    """The .zip has the files at its top, or in one folder as GitHub writes it. A run before the upload does no harm."""
    cell = set_up("en", folder="copy")
    outputs(tmp_path, COLAB, cell)
    with zipfile.ZipFile(tmp_path / "homework-main.zip", "w") as archive:
        archive.writestr(f"{inner}requirements.txt", "")
        archive.writestr(f"{inner}grader.py", STUB)
    assert outputs(tmp_path, COLAB, cell, cell, self_check_cell("1b", "en"))[3] == "checked 1b\n"


def test_elsewhere_nothing_is_fetched(tmp_path: Path) -> None:
    """On a student's computer the cell only imports."""
    (tmp_path / "grader.py").write_text(STUB)
    cell = set_up("es", repository="https://example.invalid/a/b", folder="copy")
    printed = outputs(tmp_path, cell, 'check("1b")', "import os; print(os.path.exists('copy'))")
    assert printed == ["", "checked 1b\n", "False\n"]


@pytest.mark.parametrize("address", ["https://a/b; rm x", "-u x", "https://a/{x}", "$(x)", "a b", "https://a/b\nx"])
def test_an_address_that_a_shell_would_read_is_refused(address: str) -> None:
    """No address can become a command, an option or a variable."""
    with pytest.raises(UsageError, match="not the address"):
        set_up("es", repository=address, folder="copy")


@pytest.mark.parametrize("address", ["https://github.com/a-b/c.git", "git@host:a/b.git", "file:///srv/~a/b_c"])
def test_an_address_that_git_can_clone_is_taken(address: str) -> None:
    """The address is in the cell as it was given."""
    assert f" {address} " in set_up("es", repository=address, folder="copy")
