"""The claims of `grade verify`, one file for each kind."""
