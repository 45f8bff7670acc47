"""What an assignment is made of, and how its table is loaded."""
