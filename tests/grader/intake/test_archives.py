"""Archives may say anything: each entry is bytes within the limits or a sentence, and nothing is raised."""

from __future__ import annotations

import io
import os
import socket
import stat
import struct
import tarfile
import zipfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grader.intake import archives
from grader.intake.archives import Listing, in_archive
from grader.intake.people import printable
from grader.intake.submissions import collect
from grader.intake.submitted_file import FILE_LIMIT, Found, in_folder, on_disk
from grader.messages import Message

from ...hostile_text import TEXTS

MANY = 5_000 if os.environ.get("GRADER_NIGHTLY") else 200


def opened(data: bytes, stack: ExitStack) -> Listing:
    return in_archive(Found(("x.zip",), "x.zip", lambda: data), stack)


def zipped(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return target.getvalue()


GOOD = zipped(("ana/t.ipynb", b"{}" * 40), ("beto/t.py", b"x = 1\n" * 9), ("ñ/sub/t.ipynb", os.urandom(50)))


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """A good archive with some bytes changed, cut or inserted, mostly where its tables are."""
    data = bytearray(GOOD)
    tables = [i for sign in (b"PK\1\2", b"PK\3\4", b"PK\5\6") for i in range(len(data)) if data.startswith(sign, i)]
    for _ in range(draw(st.integers(1, 6))):
        start = draw(st.sampled_from(tables) | st.integers(0, len(data)))
        at = min(start + draw(st.integers(0, 46)), len(data) - 1)
        match draw(st.sampled_from(["change", "change", "word", "cut", "insert"])):
            case "change":
                data[at] = draw(st.integers(0, 255))
            case "word":
                data[at : at + 4] = struct.pack("<I", draw(st.sampled_from([0, 1, 0xFFFF, 0xFFFFFFFF, 0x7FFFFFFF])))
            case "cut":
                del data[at : at + draw(st.integers(1, 30))]
            case "insert":
                data[at:at] = draw(st.binary(max_size=8))
    return bytes(data)


@settings(max_examples=MANY, deadline=None)
@given(damaged() | st.binary(max_size=100) | st.binary(max_size=60).map(lambda b: b"PK\5\6" + b))
def test_a_damaged_archive_is_sentences_and_bytes(data: bytes) -> None:
    """Listing and reading raise nothing; no entry yields more bytes than it announced, or than any file may have."""
    with ExitStack() as stack:
        listing = opened(data, stack)
        assert isinstance(listing.problem, Message | None)
        for found in listing.files:
            content = found.read()
            assert isinstance(content, bytes | Message)
            assert isinstance(content, Message) or len(content) <= min(found.size, FILE_LIMIT)
            assert not {"..", ""} & set(found.parts[:-1])
            assert not any("/" in part or "\0" in part for part in found.parts)


def test_an_entry_without_a_name_is_a_sentence() -> None:
    """No packer makes such an entry, but a damaged file may hold one."""
    info = zipfile.ZipInfo("x", (2020, 1, 1, 0, 0, 0))
    info.filename = ""
    with ExitStack() as stack:
        (found,) = opened(zipped((info, b"{}")), stack).files
        assert isinstance(content := found.read(), Message)
        assert "is a file without a name" in content.render("en")


@pytest.mark.parametrize("kind", TEXTS)
def test_odd_names_are_names(kind: str) -> None:
    """The path of an entry stays below the archive whatever its name, and the shown path is printable."""
    name = f"{TEXTS[kind]}.ipynb".encode("utf-8", "replace").decode()
    info = zipfile.ZipInfo("x", (2020, 1, 1, 0, 0, 0))
    info.filename = name[:60_000]
    with ExitStack() as stack:
        for found in opened(zipped((info, b"{}")), stack).files:
            assert not {"..", "", "."} & set(found.parts[:-1])
            assert printable(found.shown) == found.shown
            content = found.read()
            if isinstance(content, Message):
                assert "leaves the archive" in content.render("en"), name
            else:
                assert content == b"{}"


@pytest.mark.parametrize("coding", ["utf-8", "cp850", "cp437", "latin-1", "shift_jis", "utf-16-le"])
def test_names_in_any_coding_are_listed(coding: str) -> None:
    """A name without the UTF-8 flag may get other letters; the file is listed and can be read."""
    raw = "tarea ñandú.ipynb".encode(coding, "replace")
    with ExitStack() as stack:
        data = zipped(("q" * len(raw), b"{}")).replace(b"q" * len(raw), raw)
        (found,) = opened(data, stack).files
        assert found.read() == b"{}"
        assert found.shown.startswith("x.zip!t")


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFBLK, stat.S_IFIFO, stat.S_IFSOCK])
def test_what_is_no_file_is_refused(mode: int) -> None:
    """Links, devices, pipes and sockets are refused."""
    info = zipfile.ZipInfo("t.ipynb")
    info.external_attr = (mode | 0o777) << 16
    with ExitStack() as stack:
        (found,) = opened(zipped((info, b"/etc/passwd")), stack).files
        why = found.read()
        assert isinstance(why, Message)
        assert "is a link or a device" in why.render("en")


def test_two_entries_of_one_name_are_two_files() -> None:
    """Neither entry hides the other."""
    with pytest.warns(UserWarning, match="Duplicate name"):
        data = zipped(("t.ipynb", b"first"), ("t.ipynb", b"second"))
    with ExitStack() as stack:
        assert [f.read() for f in opened(data, stack).files] == [b"first", b"second"]


def test_entries_that_share_their_bytes_are_no_bomb() -> None:
    """Many entries over the same packed bytes are each refused, or are read one at a time within the limit."""
    data = bytearray(zipped(("t.ipynb", b"x" * 500_000)))
    end, table = data.rindex(b"PK\5\6"), data.index(b"PK\1\2")
    entry = data[table:end]
    data[end:end] = entry * 999
    at = data.rindex(b"PK\5\6")
    struct.pack_into("<HHI", data, at + 8, 1000, 1000, len(entry) * 1000)
    with ExitStack() as stack:
        listing = opened(bytes(data), stack)
        assert len(listing.files) in (0, 1000)
        for found in listing.files[:3]:
            content = found.read()
            assert isinstance(content, Message) or len(content) == 500_000


@pytest.mark.parametrize("kind", ["pipe", "socket", "device"])
def test_what_is_no_plain_file_on_disk_is_refused(tmp_path: Path, kind: str) -> None:
    """Reading does not wait for a pipe without a writer."""
    path = tmp_path / "t.ipynb"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "socket":
        with socket.socket(socket.AF_UNIX) as server:
            server.bind(os.path.relpath(path))
    else:
        path = Path("/dev/zero")
    why = on_disk(path, ("t.ipynb",)).read()
    assert isinstance(why, Message)
    assert "is not a plain file" in why.render("en")


def test_links_in_a_folder_stay_inside(tmp_path: Path) -> None:
    """A link out of the folder, to itself, or to nothing is a sentence; the file next to it is read."""
    (tmp_path / "class").mkdir()
    (tmp_path / "secret.ipynb").write_text("secret")
    (tmp_path / "class" / "a.ipynb").write_text("{}")
    for name, target in (("out", "../secret.ipynb"), ("loop", "loop.ipynb"), ("gone", "nothing"), ("root", "/")):
        (tmp_path / "class" / f"{name}.ipynb").symlink_to(target)
    contents = {f.name: f.read() for f in in_folder(tmp_path / "class")}
    assert contents.pop("a.ipynb") == b"{}"
    assert all(isinstance(content, Message) for content in contents.values())
    assert set(contents) >= {"out.ipynb", "loop.ipynb", "gone.ipynb"}


@pytest.mark.parametrize("name", ["beto.7z", "beto.rar", "beto.tar", "beto.tar.gz", "beto.tgz", "beto.tar.xz"])
def test_archives_that_cannot_be_opened_are_named(tmp_path: Path, name: str) -> None:
    """A file in another archive format, or a damaged one, is a problem of its student; the others are graded."""
    (tmp_path / "ana.ipynb").write_text("{}")
    (tmp_path / name).write_bytes(b"anything")
    ana, beto = collect(tmp_path)
    assert ana.problem is None
    assert beto.problem is not None
    assert beto.problem.render("en").startswith((f"{name} is packed in a way that", f"{name} is damaged: pack it"))


def tarred(files: dict[str, bytes | str], mode: str = "w:gz") -> bytes:
    """A .tar of these files; a text is the target of a link."""
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode=mode) as archive:  # type: ignore[call-overload]
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            if isinstance(content, str):
                info.type, info.linkname = tarfile.SYMTYPE, content
                archive.addfile(info)
            else:
                info.size = len(content)
                archive.addfile(info, io.BytesIO(content))
    return target.getvalue()


@pytest.mark.parametrize(("mode", "ending"), [("w", "tar"), ("w:gz", "tgz"), ("w:bz2", "tar.bz2"), ("w:xz", "tar.xz"),
                                              ("w:gz", "zip")])  # fmt: skip
def test_a_tar_is_opened(tmp_path: Path, mode: str, ending: str) -> None:
    """Compressed or not, even if it is called .zip; its links and paths that leave it are refused."""
    data = tarred({"t.ipynb": b"{}", "red.py": "../beto/red.py", "../out.py": b"x", "/etc/x.py": b"x"}, mode)
    (tmp_path / f"ana.{ending}").write_bytes(data)
    (tmp_path / "beto.ipynb").write_text("{}")
    ana, _ = collect(tmp_path)
    assert [(f.path, f.data) for f in ana.files] == [("t.ipynb", b"{}")]


def test_a_tar_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing beyond the limit is unpacked."""
    monkeypatch.setattr(archives, "TAR_LIMIT", 2**16)
    (tmp_path / "ana.tgz").write_bytes(tarred({"t.ipynb": bytes(2**17)}))
    (ana,) = collect(tmp_path)
    assert ana.problem is not None
    assert "too large when unpacked" in ana.problem.render("en")


def test_a_folder_in_an_archive_without_files_is_listed() -> None:
    """Someone who submitted an empty folder is still there."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("ana/", b"")
        archive.writestr("beto/", b"")
        archive.writestr("beto/t.ipynb", b"{}")
    found = archives.Found(("class.zip",), "class.zip", target.getvalue)
    with ExitStack() as opened:
        files = archives.in_archive(found, opened).files
    assert [(f.parts, f.empty) for f in files] == [(("beto", "t.ipynb"), False), (("ana", ""), True)]
