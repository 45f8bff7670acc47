"""Names that no question can forbid: they switch autograd on or off or no longer do anything, and compute no gradient.

The search in the syntax tree (`grader.forbidden.find`) and the worker's tripwires both read this list, so they agree.
"""

from __future__ import annotations

# The last part of a dotted name: torch.no_grad and torch.autograd.no_grad are the same.
HARMLESS = frozenset({
    *("no_grad", "enable_grad", "set_grad_enabled", "inference_mode"),
    *("detect_anomaly", "set_detect_anomaly"),
    *("Variable", "requires_grad_"),
    *("unpack_dual", "record_function"),  # printing a tensor and loading a batch call them
    *("profiler", "profiler_legacy", "profiler_util", "profile", "grad_mode", "anomaly_mode"),  # modules and a class
})  # fmt: skip
