"""From evidence and expected values to findings, diagnosis and points."""
