"""Build the students' repository."""
