"""What people are told about the choice among the files of a submission."""

from __future__ import annotations

from .messages import say

READ_TOGETHER = say("{files} were read together; where they define the same name, the one that comes later counts")
OLDER = say("{files}: not used, because {last} has the same answers and is newer")
NOT_READ = say("{file} could not be read and was not used")
COPY_READ = say("{copy}, a copy that Jupyter keeps, was read: {file} itself could not be read")
BEYOND = say("too many or too large files; not used: {files}")
# These choices may change a grade, so a person should look at them.
CHOICES = frozenset(note.template for note in (READ_TOGETHER, OLDER, NOT_READ, COPY_READ, BEYOND))
