"""What students get beside their notebook's statement: texts of the repository, cells for the self-check, points."""
