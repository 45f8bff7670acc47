"""Solutions of the assignments, one folder each; they never leave the instructor's machine."""
