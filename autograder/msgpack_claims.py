"""Whether the lengths that msgpack bytes claim can be true, before memory is taken for them.

msgpack makes a list as long as it is claimed to be, at once, 8 bytes an item: lists in lists, each
of which claims 65536 items in 3 bytes, cost half a gigabyte. Each item takes at least one byte, so
a list that claims more items than bytes are left is refused. Source: the specification of msgpack.
"""

from __future__ import annotations

from autograder.errors import WireError

# Fewer lists of a claimed length than this cost little, and are not looked at.
FEW = 16
_LIST16, _LIST32 = b"\xdc", b"\xdd"
# First bytes with a fixed number of bytes behind them: floats, integers, and extensions, which have
# one byte for their kind.
_FIXED = {
    **{0xCA: 4, 0xCB: 8},
    **{0xCC: 1, 0xCD: 2, 0xCE: 4, 0xCF: 8, 0xD0: 1, 0xD1: 2, 0xD2: 4, 0xD3: 8},
    **{0xD4: 2, 0xD5: 3, 0xD6: 5, 0xD7: 9, 0xD8: 17},
}
# First bytes before a length: how many bytes that has, and how many besides are skipped.
_SKIPPED = {
    **{0xC4: (1, 0), 0xC5: (2, 0), 0xC6: (4, 0), 0xD9: (1, 0), 0xDA: (2, 0), 0xDB: (4, 0)},
    **{0xC7: (1, 1), 0xC8: (2, 1), 0xC9: (4, 1)},
}
# First bytes before a number of items: how many bytes that has, and what counts as one item.
_COUNTED = {0xDC: (2, 1), 0xDD: (4, 1), 0xDE: (2, 2), 0xDF: (4, 2)}


def check(packed: bytes, most_deep: int) -> None:
    """Refuse claims that cannot be true; what else is wrong with the bytes, msgpack finds itself.

    Raises:
        WireError: a list or dict claims more than there is, or lies deeper than `most_deep`.
    """
    if packed.count(_LIST16) + packed.count(_LIST32) < FEW:
        return
    at, left, waiting = 0, 1, [0]
    while at < len(packed):
        while left == 0:
            if len(waiting) == 1:
                return
            left = waiting.pop()
        left -= 1
        at, items = _step(packed, at)
        if items > len(packed) - at:
            raise WireError("a list that claims more than there is")
        if items:
            if len(waiting) > most_deep:
                raise WireError(f"values may be nested {most_deep} deep")
            waiting.append(left)
            left = items


def _step(packed: bytes, at: int) -> tuple[int, int]:
    """Where the next value begins, and how many values belong to this one."""
    first = packed[at]
    at += 1
    if 0x80 <= first <= 0x9F:
        return at, (first & 15) * (2 if first < 0x90 else 1)
    if 0xA0 <= first <= 0xBF:
        return at + (first & 31), 0
    if first in _COUNTED:
        size, each = _COUNTED[first]
        return at + size, int.from_bytes(packed[at : at + size], "big") * each
    if first in _SKIPPED:
        size, besides = _SKIPPED[first]
        return at + size + besides + int.from_bytes(packed[at : at + size], "big"), 0
    return at + _FIXED.get(first, 0), 0
