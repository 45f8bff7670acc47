"""Run untrusted student code where it can do no harm."""
