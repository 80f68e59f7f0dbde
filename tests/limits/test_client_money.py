"""What platforms that abscond, are robbed or close may take of clients' money, in random worlds.

Every payment out of client cash is seen as the ledger posts it. What goes to savers or borrowers is
what the money is for; everything else is taken. From custody only what is earned is.
"""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.ledger import Ledger
from tests.worlds import FRAUD, run, small

FOR_CLIENTS = ("investor", "enterprise")
THEFT = {"kind": "theft", "month": 4, "share": 0.9, "count": 10, "certain": True}
# Fees on what notes bring, what pools earn above claims, what nobody claims any more.
EARNED = {"service_fee", "pool_margin", "estate_residual"}
CLOSING = {"closure": {"abrupt": True}, "closure_order": {"at": {6: {}}}}


def watched(patch, seen):
    """Add up what is taken out of client cash, in fen, by place (`custody`, `open`) and flow."""
    post = Ledger.post

    def look(ledger, *legs):
        table = ledger.tables["platform"]
        held = np.zeros(table.n, dtype=bool)
        held[: len(ledger.in_custody)] = ledger.in_custody
        there = table.client_cash.copy()
        post(ledger, *legs)
        for leg in legs:
            if (leg.payer, leg.payer_account) != ("platform", "client_cash"):
                continue
            rows, fen = np.arange(table.n)[leg.payer_rows], leg.paid
            assert (np.bincount(rows, fen, table.n) <= there).all(), leg.flow
            if leg.receiver not in FOR_CLIENTS:
                for name, mine in (("custody", held[rows]), ("open", ~held[rows])):
                    key = name, leg.flow
                    seen[key] = seen.get(key, 0) + int(fen[mine].sum())

    patch.setattr(Ledger, "post", look)


def world(kept, pools, frauds):
    owners = {"fraud_share": frauds, "temptation_share": 0.3, "pooling_share": pools}
    return small(
        40, population={"investors": 80, "platforms": 10}, shocks={"theft": THEFT},
        parameters={**FRAUD, "platform": {**FRAUD["platform"], **owners}},
        supervision={**CLOSING, **({"custody": {}} if kept else {})},
        time={"months": 9, "burn_in": 2},
    )  # fmt: skip


def taken(kept, pools, frauds, seed):
    seen: dict[tuple[str, str], int] = {}
    with pytest.MonkeyPatch.context() as patch:
        watched(patch, seen)
        model = run(world(kept, pools, frauds), seed=seed)
    return {flow for flow, fen in seen.items() if fen}, model.world.platforms


@pytest.mark.property
@settings(max_examples=4)
@given(st.booleans(), st.sampled_from([0.0, 0.5, 1.0]), st.floats(0.0, 0.6), st.integers(0, 9999))
def test_at_most_client_cash_is_taken_and_from_custody_nothing(kept, pools, frauds, seed):
    seen, _ = taken(kept, pools, frauds, seed)  # no flow beyond the cash there: see `watched`
    assert {flow for place, flow in seen if place == "custody"} <= EARNED
    assert kept is False or not {flow for place, flow in seen if place == "open"} - EARNED


def test_outside_custody_the_same_platforms_are_robbed_run_and_are_liquidated():
    seen, table = taken(False, 0.5, 0.2, 2)
    assert {("open", flow) for flow in ("abscond", "theft", "estate_cost")} <= seen
    assert {1, 2, 3} <= set(table.exit_mode.tolist())
