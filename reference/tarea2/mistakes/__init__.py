"""Known mistakes, one file per topic: functions to put in the place of the reference's, and a table of their hints."""
