"""The table of an assignment, and how it is loaded."""
