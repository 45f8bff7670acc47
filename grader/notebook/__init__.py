"""From a notebook to the statements that its answers need."""
