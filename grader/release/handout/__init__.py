"""The handout for students besides the statement: texts of the repository, cells for the self-check, points."""
