"""How parties are drawn: a marker and a colour for each kind, a word for each."""

from __future__ import annotations

from matplotlib.lines import Line2D

from analysis.figures import _style as style
from analysis.genealogy import NAMES, SPAN

KINDS = {
    "enterprise": ("o", "#8C8C8C", "firm"),
    "bank": ("s", "#0072B2", "bank"),
    "micro_lender": ("^", "#009E73", "micro lender"),
    "ecommerce_lender": ("v", "#CC79A7", "e-commerce lender"),
    "platform": ("D", "#E69F00", "platform"),
    "crowdfunding_platform": ("P", "#56B4E9", "crowdfunding platform"),
    "vendor": ("X", "#000000", "vendor"),
}
OTHER = ("h", "#555555", "other")


def kind_of(party: int) -> str:
    """Return the population of a party."""
    return NAMES.get(int(party) % SPAN, "other")


def word_of(party: int) -> str:
    """Name a party in few letters."""
    return f"{KINDS.get(kind_of(party), OTHER)[2]} {int(party) // SPAN}"


def handles(kinds: list[str]) -> list[Line2D]:
    """Make the entries of a legend for kinds of party."""
    return [
        Line2D(
            [], [], linestyle="none", marker=marker, color=colour, markeredgecolor=style.INK,
            markersize=7, label=word,
        )
        for marker, colour, word in (KINDS.get(kind, OTHER) for kind in kinds)
    ]  # fmt: skip
