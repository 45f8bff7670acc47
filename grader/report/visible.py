"""Make visible the characters that would hide, reorder or overwrite the text around them."""

from __future__ import annotations

import unicodedata
from typing import Any

# Control, format (bidirectional overrides, zero width), surrogate, and the two Unicode line separators.
# A lone surrogate cannot even be written as UTF-8.
_INVISIBLE = {"Cc", "Cf", "Cs", "Zl", "Zp"}


class _Table(dict[int, str]):
    """A table for `str.translate`, filled when a character is first met: all of Unicode would take 0.3 s."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        if character in "\t\n" or unicodedata.category(character) not in _INVISIBLE:
            shown = character
        elif code < 0x20:
            shown = chr(0x2400 + code)  # the "control pictures" of Unicode: ␀ ... ␟, and separately ␡
        elif code == 0x7F:
            shown = "␡"
        else:
            shown = f"⟨U+{code:04X}⟩"
        self[code] = shown
        return shown


_TABLE = _Table()


def visible(value: Any) -> Any:
    """`value` with its invisible characters spelled out; a value that is not text passes unchanged.

    `str.translate` keeps the type, so text that Jinja2 has escaped stays escaped text. Replacements hold no character
    that must be escaped in HTML.
    """
    if not isinstance(value, str) or value.isprintable():
        return value
    return value.translate(_TABLE)
