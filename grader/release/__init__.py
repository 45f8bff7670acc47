"""The students' repository, built from an assignment."""
