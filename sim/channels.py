"""The channels through which one party's failure may reach another, by name.

Responsible for the names and what each means. What happens when a channel is switched off
(its impairments are covered by `outside`) is the business of the phases.
"""

from __future__ import annotations

CHANNELS: dict[str, str] = {
    "trade": "receivables unpaid at their due month, orders and deliveries lost by a default",
    "guarantee": "calls on firms that answer for a loan of another member of their circle",
    "funding": "credit refused because losses ate a lender's capital",
    "notes": "losses of savers on loans they funded through a platform",
    "confidence": "savers who withdraw because platforms failed",
    "wholesale": "losses of banks on money lent to lenders, and money refused because of them",
    "closure": "borrowers who lose a lender that closes",
}
