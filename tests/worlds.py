"""Small economies for tests, and ways to watch one run."""

from functools import wraps
from typing import Any

import numpy as np
from hypothesis import strategies as st

from sim.channels import CHANNELS
from sim.model import MicroFinance
from sim.scenario import Scenario
from sim.scenario_plugins import plugins
from sim.shocks.base import Attack

BOOKS = ("links", "loans", "notes", "wholesale", "accounts", "score_records", "guarantees",
         "decisions", "receivables", "fraud_claims", "campaigns", "stakes", "breaches",
         "identity_loans", "incidents")  # fmt: skip
# Demand jumps, lenders are thin and platforms poor, so that every end is met within months.
STRESS: dict[str, Any] = {
    "enterprise": {"demand_volatility": 0.5, "buffer_days": 5, "arrears_months": 2},
    "bank": {"capital_share": 0.01, "fixed_cost_share": 0.1},
    "micro_lender": {"capital_share": 0.01, "fixed_cost_share": 0.1},
    "platform": {"fixed_cost": 100_000},
    "vendor": {"second_share": 0.5, "fee_share": 0.5, "second_cost": 1.0},
    "security": {"prior_rate": 0.5},
    "ecommerce_lender": {"capital_share": 0.002, "fixed_cost_share": 0.1, "minimum_loan": 100},
    "crowdfunding_platform": {"capital_share": 0.0001, "fixed_cost_share": 0.12, "prefer_share": 1,
                              "minimum_target": 100, "stake_months": 6, "pd_cutoff": 1.0,
                              "most_revenue_share": 1.0, "milestone_patience": 1},
}  # fmt: skip

# The same with lenders who last a while, and firms that answer for each other's loans.
CIRCLES: dict[str, Any] = {
    **STRESS,
    "enterprise": {**STRESS["enterprise"], "circle_share": 0.7, "sectors": 2},
    "bank": {"capital_share": 0.05},
    "micro_lender": {"capital_share": 0.03},
}
# Firms of twice the median size are core firms with thin buffers; banks buy any invoice.
CORE: dict[str, Any] = {
    "enterprise": {"core_ratio": 2.0, "core_buffer_days": 30, "size_cut_share": 0.1,
                   "arrears_months": 1, "estate_months": 4},
    "bank": {"pd_cutoff": 1.0},
    "market": {"factoring_minimum": 100.0, "factoring_cost": 1.0},
}  # fmt: skip
# Savers who follow each other, tell platforms apart, leave by shares and sell notes as they go.
FICKLE: dict[str, Any] = {
    "enterprise": {"demand_volatility": 0.4, "arrears_months": 2},
    "platform": {"fixed_cost": 9_000, "secondary_market": True, "pooling_share": 0.3},
    "investor": {"herding": 5.0, "partial_withdrawal": True, "other_region": 0.3,
                 "exit_hazard": 0.05},
}  # fmt: skip
FACTORING: dict[str, Any] = {"providers": {"bank": {"factoring": True}}}


def small(enterprises: int = 60, **fields: Any) -> Scenario:
    """Describe a small economy; `fields` are sections of a scenario, laid over it."""
    body: dict[str, Any] = {
        "time": {"months": 12, "burn_in": 4},
        "population": {"enterprises": enterprises, "investors": 60, "platforms": 6,
                       "micro_lenders": 3, "banks": 2},
    }  # fmt: skip
    for name, value in fields.items():
        body[name] = {**body.get(name, {}), **value} if isinstance(value, dict) else value
    return Scenario(**body)


def run(scenario: Scenario, months: int | None = None, **options: Any) -> MicroFinance:
    """Build a model and run it to the end, or through `months` policy months."""
    model = MicroFinance(scenario, **{"seed": 1, **options})
    while model.month < (scenario.time.months if months is None else months):
        model.step()
    return model


def state(model: MicroFinance, without: tuple[str, ...] = ()) -> dict[str, np.ndarray]:
    """Copy every column of every table and book, by `store.column`; same keys, same bits."""
    world = model.world
    stores = {**world.tables, **{name: getattr(world, name) for name in BOOKS}}
    found = {
        f"{store}.{column}": np.array(columns.column(column))
        for store, columns in stores.items()
        for column in columns.spec
    }
    found |= {f"impairments.{k}": np.array(getattr(world.impairments, k))
              for k in ("keys", "amounts")}  # fmt: skip
    found |= {f"relations.{k}": np.array(getattr(world.relations, k)) for k in ("keys", "amounts")}
    return {name: values for name, values in found.items() if name not in without}


def differing(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> list[str]:
    """Name the columns in which two states differ in any bit."""
    assert one.keys() == other.keys()
    return [
        k for k, a in one.items() if a.shape != other[k].shape or a.tobytes() != other[k].tobytes()
    ]


def watch_phases(monkeypatch: Any, look: Any) -> None:
    """Call `look(world, name)` after every phase of every month."""

    def watched(phase: Any) -> Any:
        @wraps(phase)
        def both(world: Any, scenario: Any) -> None:
            phase(world, scenario)
            look(world, phase.__name__)

        return both

    import sim.model

    monkeypatch.setattr("sim.model.MONTH", tuple(map(watched, sim.model.MONTH)))


def audit_now(world: Any) -> None:
    """Run the audit between two phases."""
    world.ledger.audit(world.positions(), world.present())


# The same, and every other owner walks away from debt where that pays.
WALKING = {**STRESS, "enterprise": {**STRESS["enterprise"], "opportunist_share": 0.5}}
# Firms park all they can; funds limit redemptions as soon as a few holders come.
PARKED = {**STRESS, "enterprise": {**STRESS["enterprise"], "buffer_days": 3},
          "money_fund": {"firm_share": 1.0, "limit_trigger": 0.3, "redemption_limit": 3000.0,
                         "kept_share": 0.9, "paper_months": 60.0}}  # fmt: skip
# Half of the platforms plan fraud, the other owners run where that pays; all soon.
FRAUD: dict[str, Any] = {
    **STRESS,
    "platform": {"fraud_share": 0.5, "temptation_share": 1.0, "fake_months": 2, "misuse_share": 0.6,
                 "opening_months": 1, "franchise_months": 3, "recovery_months": 3,
                 "owner_detection": 0.5, "fixed_cost": 10_000},
}  # fmt: skip
# The same on pools as well.
DISHONEST = {**FRAUD, "platform": {**FRAUD["platform"], "pooling_share": 0.6}}
# The same, and half of the platforms pool their clients' money; short loans let pools end.
POOLED = {
    **STRESS,
    "platform": {"fixed_cost": 30_000, "pooling_share": 0.5},
    "market": {"bullet_months": 3, "instalment_months": 3, "abrupt_runoff_months": 2},
}
INSTRUMENTS = {
    "custody": {},
    "inspection": {"rate": 0.5, "error": 0.5, "cost": 100.0},
    "alarm_channel": {"rate": 0.1, "weight": 50.0, "error": 0.5, "cost": 100.0},
    "loan_cap": {"amount": 30_000.0, "kinds": ["micro_lender", "ecommerce_lender", "platform"]},
    "rate_ceiling": {"rate": 0.14},
    "leverage_cap": {"ratio": 0.2, "kinds": ["micro_lender", "bank"]},
    "registration": {"fee": 500.0},
    "blacklist": {"weight": 0.4, "kinds": ["platform", "bank"]},
    "licence": {"months": 2, "approval": 0.6},
    "minimum_capital": {"amount": 150_000.0, "months": 2, "fine": 500.0, "kinds": []},
    "emergency_liquidity": {"rate": 0.2},
    "mandatory_registry": {"kinds": ["bank", "platform"]},
    "closure_order": {"at": {3: {"kinds": ["micro_lender", "platform"]}}},
    "closure": {"months": 3, "abrupt": True, "kinds": []},
    "total_debt_cap": {"amount": 100_000.0, "kinds": []},
    "incident_reporting": {"suspension": 2, "kinds": []},
    "security_standard": {"amount": 2_000.0, "kinds": [], "monthly_cost": 50.0},
    "concentration_cap": {"share": 0.05, "kinds": [], "monthly_cost": 50.0},
}
SHOCKS = {
    "slump": {"kind": "demand", "month": 2, "months": 3, "size": -0.4},
    "core": {"kind": "demand", "month": 3, "months": 9, "size": -1.0, "core": True},
    "frozen": {"kind": "money_market", "month": 2, "months": 3, "haircut": 0.4, "limit": True},
    "rush": {"kind": "money_market", "month": 1, "months": 2, "size": -0.1, "haircut": 0.5},
    "dear": {"kind": "funding", "month": 1, "months": 4, "size": 0.05},
    "lot": {"kind": "liquidation", "month": 2, "months": 2, "share": 0.05, "target": "platform",
            "rank": 1},
    "bank": {"kind": "liquidation", "month": 3, "target": "bank", "rank": 1},
    "heist": {"kind": "theft", "month": 2, "months": 2, "share": 0.9, "count": 9, "certain": True},
    "raid": {"kind": "theft", "month": 3, "target": "micro_lender", "choice": "random"},
    "leak": {"kind": "breach", "month": 1, "months": 3, "count": 9, "identity_share": 0.9,
             "certain": True},
    "lock": {"kind": "ransom", "month": 2, "months": 2, "count": 9, "amount": 500.0,
             "certain": True},
    "spill": {"kind": "breach", "month": 2, "months": 2, "target": "micro_lender", "count": 2,
              "compensation": 5000.0},
    "dark": {"kind": "outage", "month": 1, "months": 3, "hours": 500, "count": 9, "certain": True},
    "mute": {"kind": "outage", "month": 2, "months": 2, "hours": 900, "target": "bank"},
    "shut": {"kind": "outage", "month": 2, "months": 2, "target": "micro_lender", "certain": True,
             "choice": "random"},
    "cloud": {"kind": "vendor", "month": 2, "months": 2, "hours": 400, "target": "vendor"},
    "storm": {"kind": "wave", "month": 1, "months": 6, "rate": 2.0, "vendor_rate": 0.5},
}  # fmt: skip


def attacked(shock: dict[str, Any]) -> str:
    """Name the kind of institution that a shock is aimed at; nothing for one that is no attack."""
    is_attack = issubclass(plugins("shocks")[shock["kind"]], Attack)
    return shock.get("target", "platform") if is_attack else ""


def at_most(shock: dict[str, Any], there: dict[str, int]) -> dict[str, Any]:
    """Give a shock that attacks no more institutions than there are; there : by population."""
    kind = attacked(shock)
    return {**shock, "count": min(shock["count"], there[f"{kind}s"])} if "count" in shock else shock


@st.composite
def scenarios(draw: Any) -> Scenario:
    """Draw a small economy: who is there, what is covered, what the regulator and shocks do."""
    names = sorted(CHANNELS)
    there = {
        "platforms": draw(st.sampled_from([0, 1, 8])),
        "micro_lenders": draw(st.sampled_from([0, 1, 4])),
        "ecommerce_lenders": draw(st.sampled_from([0, 1, 2])),
        "banks": draw(st.sampled_from([0, 1, 3])),
        "crowdfunding_platforms": draw(st.sampled_from([0, 2])),
    }
    others = {"money_funds": draw(st.sampled_from([0, 1, 5])),
              "vendors": draw(st.sampled_from([0, 1, 3]))}  # fmt: skip
    # A registry needs members.
    lends = any(count for name, count in there.items() if name != "crowdfunding_platforms")
    slow = [{}, *([{"application": {"delay": 2}}] if any(there.values()) else [])]
    systems = ["none", "private", *(["registry", "integrated"] if lends else [])]
    off = draw(
        st.one_of(st.just([]), st.just(names), st.lists(st.sampled_from(names), unique=True))
    )
    rules = set(INSTRUMENTS)
    if not (there["banks"] or there["platforms"]):
        rules.discard("mandatory_registry")  # it would have no members
    limits = draw(st.lists(st.sampled_from(sorted(rules)), unique=True))
    # Nobody can attack who is not there.
    present = {**others, **there}
    possible = [name for name in sorted(SHOCKS) if present.get(f"{attacked(SHOCKS[name])}s", 1)]
    struck = draw(st.lists(st.sampled_from(possible), unique=True))
    return small(
        draw(st.sampled_from([1, 7, 40, 90])),
        time={"months": draw(st.integers(3, 9)), "burn_in": draw(st.integers(0, 4))},
        population={"investors": draw(st.sampled_from([0, 5, 80])), **others, **there},
        credit={
            "preset": draw(st.sampled_from(systems)),
            "guarantees": draw(st.booleans()),
            "lines": {"mobile": draw(st.booleans())},
            "grace": draw(st.booleans()),
            "crowdfunding": draw(st.sampled_from([{}, {"guarantee": 0.5}, {"open": False}])),
            "sources": draw(st.sampled_from(slow)),
            **draw(st.sampled_from([{}, FACTORING])),
        },
        supervision={name: INSTRUMENTS[name] for name in limits},
        shocks={name: at_most(SHOCKS[name], present) for name in struck},
        channels=dict.fromkeys(off, False),
        parameters=draw(
            st.sampled_from([{}, STRESS, WALKING, CIRCLES, CORE, FICKLE, PARKED, DISHONEST, POOLED])
        ),
    )  # fmt: skip
