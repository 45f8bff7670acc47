"""Scripts that Databricks exports."""

from __future__ import annotations

from grader.notebook.read import read_notebook

SCRIPT = """# Databricks notebook source
# MAGIC %md
# MAGIC # Tarea

# COMMAND ----------

# MAGIC %pip install torch
x = 1

# COMMAND ----------

# MAGIC %python
# MAGIC def f():
# MAGIC     return 2

# COMMAND ----------

# MAGIC %sql
# MAGIC SELECT 1
"""


def test_the_cells_of_databricks() -> None:
    """Texts and Python behind magics are cells of their kind, and other languages are left out."""
    notebook = read_notebook(SCRIPT.encode(), "t.py")
    assert [c.kind for c in notebook.cells if c.source.strip()] == ["markdown", "code", "code", "code"]
    assert notebook.cells[0].source.strip() == "# Tarea"
    assert [c.python.strip() for c in notebook.cells if c.python] == ["x = 1", "def f():\n    return 2"]
