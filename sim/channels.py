"""The channels through which one party's failure may reach another, by name.

Responsible for the names, what each means and which belong together. What happens when a channel
is switched off (its impairments are covered by `outside`) is the business of the phases.
"""

from __future__ import annotations

ALL_OFF = "all off"

CHANNELS: dict[str, str] = {
    "trade": "receivables unpaid at their due month, orders and deliveries lost by a default",
    "guarantee": "calls on firms that answer for a loan of another member of their circle",
    "funding": "credit refused because losses ate a lender's capital",
    "notes": "losses of savers on loans they funded through a platform",
    "confidence": "savers who withdraw because platforms failed",
    "wholesale": "losses of banks on money lent to lenders, and money refused because of them",
    "closure": "borrowers who lose a lender that closes",
    "cyber": "collections blocked, money stolen and records lost by an attack",
}

# Channels that belong together: where in the economy they are at work.
_GROUPED = {
    "real": ("trade", "guarantee"),
    "lenders": ("funding", "wholesale"),
    "savers": ("notes", "confidence"),
    "institutions": ("closure", "cyber"),
}
GROUPS: dict[str, tuple[str, ...]] = {
    group: tuple(name for name in names if name in CHANNELS) for group, names in _GROUPED.items()
}


def channels_named(player: str) -> tuple[str, ...]:
    """Return the channels that a text like `trade`, `notes+confidence` or `real` stands for.

    A name that is neither a channel nor a group is returned as it is, for others to refuse.
    """
    names = [name.strip() for name in player.split("+")]
    return tuple(channel for name in names for channel in GROUPS.get(name, (name,)))


def label_off(off: tuple[str, ...] | list[str]) -> str:
    """Return what results call runs with these channels off."""
    chosen = [name for name in CHANNELS if name in off]
    return ALL_OFF if len(chosen) == len(CHANNELS) else " + ".join(chosen) + " off"
