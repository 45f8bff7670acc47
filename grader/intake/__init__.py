"""From folders and archives to submissions with their students."""
