"""Grade programming assignments of deep-learning courses against a reference, in a sandbox."""

from __future__ import annotations

__version__ = "0.1.0"
