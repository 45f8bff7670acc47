"""Times of submissions, as learning platforms write them, in ISO 8601."""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import datetime

MONTHS = {
    month: number
    for number, names in enumerate(
        (
            "jan ene january enero", "feb february febrero", "mar march marzo", "apr abr april abril", "may mayo",
            "jun june junio", "jul july julio", "aug ago august agosto", "sep sept set september septiembre",
            "oct october octubre", "nov november noviembre", "dec dic december diciembre",
        ),
        start=1,
    )
    for month in names.split()
}  # fmt: skip
NUMBERS = re.compile(r"(\d{4})-?(\d\d)-?(\d\d)(?:[T _-]?(\d\d)[-:]?(\d\d)(?:[-:]?(\d\d))?)?")
CLOCK = re.compile(r"(\d{1,2})[:.h_-]?(\d\d)(?:[:.]?(\d\d))?\s*([AaPp])?")


def iso_time(text: str) -> str:
    """The time in a platform's text as "2026-03-01T10:05:00", with "Z" or an offset if the text has one; "" for none.

    Known are "2026-03-01 10:05:00.000 Z", "2026-03-01-10-05-00", "20260301100500", "Mar 1, 2026 1005 AM",
    "1 de marzo de 2026, 10:05" and the like.
    """
    text = text.strip()
    if match := NUMBERS.match(text):
        parts = [int(part or 0) for part in match.groups()]
        rest = re.sub(r"^[.,]\d+", "", text[match.end() :]).strip()
        zone = "Z" if rest in ("Z", "UTC", "+0000", "+00:00") else ""
        if offset := re.fullmatch(r"([+-]\d\d):?(\d\d)", rest):
            zone = zone or f"{offset[1]}:{offset[2]}"
        return _iso(parts, zone)
    words = {word.lower(): MONTHS[word.lower()] for word in re.findall(r"[^\W\d_]+", text) if word.lower() in MONTHS}
    year = re.search(r"\b(?:19|20)\d\d\b", text)
    if not words or year is None:
        return ""
    month = next(iter(words.values()))
    day = re.search(r"\b(\d{1,2})\b", text[: year.start()])
    if day is None:
        return ""
    hour = minute = second = 0
    if clock := CLOCK.search(text, year.end()):
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        if clock[4]:
            hour = hour % 12 + (12 if clock[4].lower() == "p" else 0)
    return _iso([int(year[0]), month, int(day[1]), hour, minute, second], "")


def _iso(parts: list[int], zone: str) -> str:
    with suppress(ValueError):
        return datetime(*parts).isoformat(timespec="seconds") + zone  # type: ignore[arg-type]
    return ""


def seconds(iso: str) -> float:
    """The ISO time as seconds since the epoch; without a zone it is the local time; 0 for none."""
    with suppress(ValueError, OverflowError, OSError):
        return datetime.fromisoformat(iso).timestamp()
    return 0.0
