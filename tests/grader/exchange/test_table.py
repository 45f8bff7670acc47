"""Tables of other programs are read in every form that platforms write, and only the asked bytes change."""

from __future__ import annotations

import codecs

import pytest

from grader.exchange.table import Table

PLAIN = 'name,grade\r\n"Lovelace, Ada",7.5\r\n"Turing ""T""",\r\n'
FORMS = {
    "as it is": PLAIN.encode(),
    "with a byte order mark": codecs.BOM_UTF8 + PLAIN.encode(),
    "UTF-16 with tabs": codecs.BOM_UTF16_LE + PLAIN.replace(",g", "\tg").replace('",', '"\t').encode("utf-16-le"),
    "UTF-16, the other way round": codecs.BOM_UTF16_BE + PLAIN.encode("utf-16-be"),
    "UTF-16 without a mark": PLAIN.encode("utf-16-le"),
    "semicolons and line feeds": PLAIN.replace(",g", ";g").replace('",', '";').replace("\r", "").encode(),
    "no end of the last line": PLAIN.rstrip().encode(),
    "Latin-1": PLAIN.replace("Ada", "Adá").encode("latin-1"),
    "carriage returns": PLAIN.replace("\n", "").encode(),
}


@pytest.mark.parametrize("data", FORMS.values(), ids=FORMS)
def test_only_the_replaced_cell_changes(data: bytes) -> None:
    """The file without a change is the same bytes; with one, the same bytes around the new value."""
    table = Table(data, "t.csv")
    assert table.to_bytes() == data
    assert [row[0] for row in table.values] in (
        ["name", "Lovelace, Ada", 'Turing "T"'], ["name", "Lovelace, Adá", 'Turing "T"']
    )  # fmt: skip
    table.set(1, 1, "6")
    table.set(2, 1, "4.25")
    changed = Table(table.to_bytes(), "t.csv")
    assert [row[1] for row in changed.values] == ["grade", "6", "4.25"]
    changed.set(1, 1, "7.5")
    changed.set(2, 1, "")
    assert changed.to_bytes() == data


def test_quotes_stay_and_come_where_they_are_needed() -> None:
    """A cell in quotes stays in quotes; a comma, a quote or an end of line brings them."""
    table = Table(b'a,b\n"1",2\n', "t.csv")
    table.set(1, 0, "3")
    table.set(1, 1, 'x, "y"')
    assert table.to_bytes() == b'a,b\n"3","x, ""y"""\n'


def test_a_character_that_the_file_cannot_hold_is_spelled() -> None:
    """A file in Latin-1 has no Greek letters."""
    table = Table("Adá,b\n".encode("latin-1"), "t.csv")
    table.set(0, 1, "∂L")
    assert table.to_bytes() == "Adá,&#8706;L\n".encode("latin-1")


@pytest.mark.parametrize(("cell", "written"), [("4,5", "7,25"), ("4.5", "7.25"), ("", "7.25"), ("1,234", "7.25")])
def test_numbers_are_written_as_the_file_writes_them(cell: str, written: str) -> None:
    """The decimal sign is that of the file's other numbers; 1,234 is not a decimal number."""
    assert Table(f"a;b\n{cell};x\n".encode(), "t.csv").number(7.251) == written
