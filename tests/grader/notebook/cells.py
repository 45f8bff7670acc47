"""Notebooks with a few cells."""

from __future__ import annotations

import json
from typing import Any

from grader.notebook.read import read_notebook


def code(source: str, **extra: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": source, **extra}


def notebook(*cells: Any, **extra: Any) -> bytes:
    return json.dumps({"nbformat": 4, "cells": list(cells), **extra}).encode()


def only_cell(source: str) -> Any:
    (cell,) = read_notebook(notebook(code(source)), "a.ipynb").cells
    return cell
