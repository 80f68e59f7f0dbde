"""Names of points as people read them: numbers with few digits, and yet no two points alike.

Responsible for what is shown; frames and files keep the names that runs are stored by.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

import numpy as np
import pandas as pd

DIGITS = 4  # significant digits of a number in a name, where these tell all points apart
MOST_DIGITS = 17  # with which a float64 is exact
# A number with decimals or an exponent, and no part of a word or path.
_FLOAT = re.compile(r"(?<![\w.])-?(?:\d+\.\d+(?:e[+-]?\d+)?|\d+e[+-]?\d+)(?![\w.])")


def point_names(points: Iterable[str]) -> dict[str, str]:
    """Return stored name -> name to show, with `DIGITS` digits or as many more as it takes.

    Whole numbers stay as they are, and so do words.
    """
    left = list(dict.fromkeys(points))
    found: dict[str, str] = {}
    for digits in range(DIGITS, MOST_DIGITS + 1):
        short = {name: _rounded(name, digits) for name in left}
        times = Counter(short.values())
        found |= {name: text for name, text in short.items() if times[text] == 1}
        left = [name for name in left if name not in found]
    return found | {name: name for name in left}


def with_names(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame whose column `point`, if it has one, holds names to show."""
    if "point" not in frame.columns:
        return frame
    texts = [name for name in frame["point"] if isinstance(name, str)]
    names = point_names(texts)
    return frame.assign(point=[names.get(name, name) for name in frame["point"]])


def _rounded(name: str, digits: int) -> str:
    return _FLOAT.sub(lambda found: _number(float(found.group()), digits), name)


def _number(value: float, digits: int) -> str:
    """Write a number with some digits; a power of ten only where zeros would be many."""
    value = float(f"{value:.{digits}g}")
    if value == 0.0 or 1e-4 <= abs(value) < 1e7:
        return np.format_float_positional(value, trim="-")
    return f"{value:.{digits}g}"
