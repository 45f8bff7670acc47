"""Grade many submissions: judge, record, publish."""
