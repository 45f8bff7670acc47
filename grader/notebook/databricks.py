"""Scripts that Databricks exports, whose magics are comments: the same lines in percent format."""

from __future__ import annotations

import re

FIRST = "# Databricks notebook source"
BETWEEN = re.compile(r"# COMMAND -{4,}\s*")
MAGIC = re.compile(r"# MAGIC ?")
PYTHON = ("%python", "%py")
OTHER_LANGUAGES = ("%sql", "%sh", "%scala", "%r", "%fs")  # for the whole cell


def is_databricks(text: str) -> bool:
    """Whether a script was exported by Databricks."""
    return text.lstrip().startswith(FIRST)


def as_percent(text: str) -> str:
    """The script with a mark above each cell and without the comment signs of magics; every line keeps its number."""
    kept: list[str] = []
    mark = 0  # the line of the cell's mark
    empty = True  # whether nothing stands below it yet
    for number, line in enumerate(text.split("\n")):
        magic = MAGIC.match(line)
        typed = line[magic.end() :] if magic else line
        begins = magic is not None and empty
        empty = empty and not typed.strip()
        if line.startswith(FIRST) or BETWEEN.fullmatch(line):
            mark, empty = number, True
            kept.append("# %%")
        elif begins and typed.strip().startswith("%md"):
            kept[mark] = "# %% [markdown]"
            kept.append(typed.strip().removeprefix("%md").removeprefix("-sandbox").strip())
        elif begins and typed.strip() in PYTHON:
            kept.append("")
        elif begins and typed.split()[:1] and typed.split()[0] in OTHER_LANGUAGES:
            kept.append("%" + typed)
        else:
            kept.append(typed)
    return "\n".join(kept)
