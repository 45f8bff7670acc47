"""The search for names that a question forbids."""
