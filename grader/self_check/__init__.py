"""The student's self-check, in the terminal, the notebook and pytest."""
