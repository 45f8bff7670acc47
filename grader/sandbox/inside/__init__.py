"""Everything that the student's process may see; the sandbox binds this folder."""
