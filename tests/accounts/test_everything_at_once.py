"""The month with every feature switched on balances, and everything in it happens."""

from pathlib import Path

from sim.model import MicroFinance
from sim.scenario import Scenario

FULL = Path(__file__).parents[2] / "benchmarks" / "month_full.yaml"
SIZE = {"population.enterprises": 400, "population.investors": 400, "time.burn_in": 2}
HAPPENS = (
    "line_draws", "runoff", "guarantee_paid", "campaigns_funded", "stake_payouts", "misused",
    "redemptions_paid", "redemptions_refused", "own_support", "notes_traded", "exits_felt",
    "fund_redeemed", "months_waited", "sanctions_faced", "inspections", "capital_raised",
    "vendor_fee", "platform_failures", "fraud_loss", "cash_stolen", "records_lost",
)  # fmt: skip


def test_all_features_at_once_happen_and_balance_month_by_month():
    model, seen = MicroFinance(Scenario.load(FULL).but(SIZE), seed=1), {}
    assert all(model.scenario.population.model_dump().values()), "no population is left out"
    while model.month < 12:  # `close_books` refuses a month in which a fen is missing
        model.step()
        for name, value in model.world.desk.tally.items():
            seen[name] = seen.get(name, 0.0) + value
    assert [name for name in HAPPENS if not seen.get(name)] == []
