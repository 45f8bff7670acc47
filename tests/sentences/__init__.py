"""Situations in which the grader says something to a student, and what it says in Spanish and English."""
