"""The step from folders and archives to submissions with their students."""
