"""Run untrusted student code where it can hurt nobody."""
