"""Texts that students may put into names, code, answers and errors so that they act as more than text."""

from __future__ import annotations

TEXTS = {
    "script": "<script>document.title='taken'</script>",
    "quotes": "\"'`><img src=x onerror=\"document.title='taken'\">",
    "link": "<a href=\"javascript:document.title='taken'\">here</a> javascript:document.title='taken'",
    "svg": "<svg onload=\"document.title='taken'\"><script>document.title='taken'</script></svg>",
    "css": "</style><style>*{display:none}</style><p style='background:url(http://127.0.0.1:9/x)'>",
    "comment": "--><!-- </textarea></title></pre></script>]]>",
    "template": "{{ 7*7 }}{% raw %}${7*7}{name}%(x)s%n",
    "entities": "&lt;b&gt;&amp;&#x202e;",
    "latex": "$\\href{javascript:alert(1)}{x}$ \\input{/etc/passwd}",
    "right to left": "\u202egnp.ipynb\u2066x\u2069",
    "zero width": "a\u200bb\ufeffc\u2060d",
    "combining": "Z" + "\u0301\u0335" * 40,
    "equals": '=HYPERLINK("http://127.0.0.1:9/","x")',
    "plus": "+1+cmd|' /C calc'!A0",
    "minus": "-1",
    "at": "@SUM(1+1)",
    "full width": "＝1+1",
    "hidden equals": "\u200b=1+1",
    "separator": 'a,b;c"d"\te',
    "colours": "\x1b[31mred\x1b[2J\x1b[H",
    "title": "\x1b]0;taken\x07\x1b]8;;http://127.0.0.1:9/\x1b\\x\x1b]8;;\x1b\\",
    "eight bits": "\x9b31m\x9d0;taken\x9c",
    "nul": "a\x00b\x7f\x08",
    "surrogate": "a\ud800b\udcff",
    "lines": "a\r\nb\nc\u2028d\u2029e\x0bf\x85g",
    "path": "../../../../tmp/taken",
    "windows path": "..\\..\\C:\\taken",
    "sql": "'; DROP TABLE results; --",
    "rich": "[bold red]x[/bold red][/] [link=http://127.0.0.1:9]x[/link]",
    "address": "a?b#c%2e%2e%00&d=é/",
    "json": '"},{"status":"graded","total":99,"x":"',
    "long": "x" * 5_000,
    "long word": "ﷺ" * 600,
    "device": "CON",
    "dots": "..",
}


def file_name(text: str) -> bytes:
    """The text as a name that a file can have: no slash, no NUL, at most 200 bytes, no hidden or special folder."""
    name = "".join("∕" if c == "/" else "␀" if c == "\0" else c for c in text)
    name = f"x{name}" if name.startswith(".") else name
    return name.encode("utf-8", "surrogateescape" if "\udcff" in text and "\ud800" not in text else "replace")[:200]
