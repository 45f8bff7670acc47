"""The student's self-check: terminal, notebook, pytest."""
