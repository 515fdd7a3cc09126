"""What arguments must be, said in tamis's own words."""

import operator
from typing import Any

from tamis._error import Error


def text(value: Any, what: str) -> str:
    """The value if it is text. What no file can hold, half of a surrogate pair, becomes a question mark."""
    if not isinstance(value, str):
        raise Error(f"{what} must be text, not {value!r}")
    return value.encode("utf-8", "replace").decode("utf-8")


def whole(value: Any, what: str, least: int, most: int = 2**64 - 1) -> int:
    """The value if it is an integer within these bounds, NumPy's too."""
    try:
        number = operator.index(value)
    except TypeError:
        raise Error(f"{what} must be an integer, not {value!r}") from None
    if not least <= number <= most:
        raise Error(f"{what} must be an integer from {least} to {most}, not {number}")
    return number
