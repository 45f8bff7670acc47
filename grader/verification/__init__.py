"""What `grade verify` tries, a file for each kind of claim."""
