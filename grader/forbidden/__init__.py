"""Find the names that a question may not use."""
