"""Calibrate signal precisions, and report what the frozen score constants would be today.

`python -m sim.experiment.calibrate` runs the baseline, records the latent index, debt and the
unit noise of every source, held or not, and bisects for each source and AUC the precision that
gives it among the firms the source covers. Writes `sim/presets/precision.json`; `--add` adds the
sources that have no table yet and leaves all else in the file as it is. `--check` writes nothing:
it judges the frozen precisions on replications that they were not bisected on. Index weights and
the coefficients of oracle and scorecards are parameters: they are re-estimated and printed, and
changed only by hand.
"""

from __future__ import annotations

import argparse
import json
from typing import Any

import numpy as np
from scipy.optimize import minimize

from sim.contracts.signals import noise
from sim.credit.base import PRECISION_FILE, calibrated_precision
from sim.experiment.manifest import calibration_hash
from sim.kernels import auc, logistic
from sim.model import MicroFinance
from sim.scenario import Scenario, load
from sim.scenario_plugins import plugins
from sim.scoring import applicants, with_declared
from sim.units import Floats, Ids, Mask
from sim.visibility import has_past

FIRST, LAST, EVERY, HORIZON = 13, 84, 3, 12
GRID = tuple(np.round(np.arange(0.52, 0.90, 0.02), 2))
CLIENT_MONTHS = 12.0
FEWEST_BAD = 300  # firm-months ahead of a default


def record(scenario: Scenario, replications: int, first: int = 0) -> dict[str, Any]:
    """Run the baseline and record firms with debt or an application, every third month.

    Returns columns over firm-months: index and its parts, total debt over revenue, whether the
    firm defaulted within 12 months, unit noise and coverage of each source, and the replication,
    counted from `first`.
    """
    parts: list[dict[str, Any]] = []
    for replication in range(first, first + replications):
        model = MicroFinance(scenario, replication=replication)
        seen = []
        while model.month < min(LAST + HORIZON, scenario.time.months):
            model.step()
            if FIRST <= model.month <= LAST and model.month % EVERY == 0:
                seen.append(_snapshot(model))
        ended = model.world.enterprises.ended
        voluntary = model.world.enterprises.is_voluntary
        for part in seen:
            after = ended[part["firm"]] - part["month"]
            part["is_bad"] = (after > 0) & (after <= HORIZON) & ~voluntary[part["firm"]]
            part["replication"] = np.full(len(after), replication)
        parts += seen
    return {name: np.concatenate([p[name] for p in parts]) for name in parts[0] if name != "month"}


def _snapshot(model: MicroFinance) -> dict[str, Any]:
    world, p = model.world, model.scenario.parameters
    firms = world.enterprises
    debt = world.debt_of_firms() / np.maximum(12.0 * firms.scale, 1.0)
    firm = np.flatnonzero(firms.alive & ~firms.is_core & ((debt > 0) | (firms.need_purpose >= 0)))
    found: dict[str, Any] = {
        "month": model.month,
        "firm": firm,
        "index": firms.index[firm],
        "debt": debt[firm],
        "quality": firms.quality[firm],
        "fixed_assets": firms.fixed_assets[firm],
    }
    found["trading"] = np.clip(
        np.log(np.maximum(firms.plan, 1) / np.maximum(firms.scale, 1)), -2, 2
    )[firm]
    raw = firms.index[firm] * p.enterprise.index_sd + p.enterprise.index_mean
    weighted = p.enterprise.index_quality * found["quality"]
    weighted += p.enterprise.index_trading * found["trading"]
    found["liquidity"] = (raw - weighted) / p.enterprise.index_liquidity
    number = np.zeros(len(firm), dtype=np.int64)
    # A relationship is calibrated for clients of a year, a registry for one that everybody joins.
    columns: dict[str, Any] = {
        "fixed_assets": found["fixed_assets"],
        "months_known": np.full(len(firm), CLIENT_MONTHS),
        "has_past": has_past(world, firm, model.month, np.ones(world.n_providers)),
    }
    sources: list[Any] = [plugin() for plugin in plugins("credit").values()]
    columns = with_declared(world, sources, firm, model.month, columns)
    for source in sources:
        kind = source.kind
        found[f"noise_{kind}"] = noise(
            world.draws, source, firms.dice[firm], number, model.month, p.market.signal_memory
        )
        view = applicants(source, columns, np.arange(len(firm)))
        found[f"covered_{kind}"] = source.coverage(view)
    return found


def informative(kind: str, data: dict[str, Any]) -> Ids:
    """List the rows to calibrate a source on: the firms it covers, or all if too few of them fail.

    Among a handful of defaults any AUC is a matter of luck; the noise is the same for all firms.
    """
    rows = np.flatnonzero(data[f"covered_{kind}"])
    is_enough = np.count_nonzero(data["is_bad"][rows]) >= FEWEST_BAD
    return rows if is_enough else np.arange(len(data["is_bad"]))


def precision_for(target: float, kind: str, data: dict[str, Any]) -> float:
    """Bisect the precision at which the signal alone has the target AUC on the record."""
    rows = informative(kind, data)
    index, error, bad = data["index"][rows], data[f"noise_{kind}"][rows], data["is_bad"][rows]
    low, high = 1e-6, 1e4
    for _ in range(60):
        middle = np.sqrt(low * high)
        if auc(bad, -(index + error / np.sqrt(middle))) < target:
            low = middle
        else:
            high = middle
    return float(np.sqrt(low * high))


def fit_logit(x: Floats, is_bad: Mask) -> Floats:
    """Fit log odds by maximum likelihood; returns the intercept, then a coefficient per column."""
    design = np.column_stack([np.ones(len(x)), x])

    def loss(beta: Floats) -> tuple[float, Floats]:
        p = np.clip(logistic(design @ beta), 1e-12, 1 - 1e-12)
        value = -np.mean(np.where(is_bad, np.log(p), np.log(1 - p)))
        return float(value), design.T @ (p - is_bad) / len(x)

    return np.asarray(minimize(loss, np.zeros(design.shape[1]), jac=True, method="BFGS").x)


def report(data: dict[str, Any]) -> dict[str, Any]:
    """Re-estimate index weights and oracle coefficients; returns what the parameters would be."""
    bad = data["is_bad"]
    parts = np.column_stack([data["quality"], data["liquidity"], data["trading"], data["debt"]])
    weights = -fit_logit(parts, bad)[1:4]
    raw = parts[:, :3] @ weights
    oracle = fit_logit(np.column_stack([data["index"], data["debt"]]), bad)
    score = oracle[0] + oracle[1] * data["index"] + oracle[2] * data["debt"]
    return {
        "firm_months": len(bad),
        "share_bad": round(float(bad.mean()), 4),
        "index_weights": [round(float(w), 4) for w in weights],
        "index_mean": round(float(raw.mean()), 4),
        "index_sd": round(float(raw.std()), 4),
        "oracle": [round(float(c), 4) for c in oracle],
        "oracle_auc": round(auc(bad, score), 4),
        "index_auc": round(auc(bad, -data["index"]), 4),
    }


def table_of(kind: str, data: dict[str, Any]) -> list[list[float]]:
    """Return pairs of AUC and precision, up to what the index itself reaches among these firms."""
    rows = informative(kind, data)
    limit = auc(data["is_bad"][rows], -data["index"][rows]) - 0.005
    points = [[float(a), round(precision_for(a, kind, data), 6)] for a in GRID if a < limit]
    return [[0.5, 0.0], *points]


# Sources judged together: a digital footprint (no source of ours has its AUC, so the one that
# covers nearly everybody is given it) and a credit bureau: 0.736 together in Berg et al. (2020).
TOGETHER = (("telecom", 0.696), ("registry", 0.683))


def checked(data: dict[str, Any]) -> list[dict[str, Any]]:
    """Judge each source alone, at the AUC it asks by default, and two together.

    data : a record of replications on which the precisions were not bisected
    Returns source, asked, auc and se (replications left out one at a time), allowed (how far AUC
    may lie from the one asked: 0.02 and two standard errors) and bad (firm-months gone bad).
    """
    rows = []
    for kind, plugin in plugins("credit").items():
        source: Any = plugin()
        rows.append(_judged(kind, source.auc, ((kind, source.auc),), data, informative(kind, data)))
    every = np.arange(len(data["is_bad"]))
    rows.append(_judged(" and ".join(k for k, _ in TOGETHER), 0.736, TOGETHER, data, every))
    return rows


def _judged(name: str, asked: float, held: Any, data: dict[str, Any], rows: Ids) -> dict[str, Any]:
    """AUC of the posterior mean of some sources; held : pairs of source and AUC."""
    total = np.zeros(len(rows))
    weight = 0.0
    for kind, value in held:
        p = calibrated_precision(kind, value)
        total += p * (data["index"][rows] + data[f"noise_{kind}"][rows] / np.sqrt(p))
        weight += p
    risk, bad, run = -total / (1.0 + weight), data["is_bad"][rows], data["replication"][rows]
    without = np.array([auc(bad[run != r], risk[run != r]) for r in np.unique(run)])
    n = len(without)
    se = float(np.sqrt((n - 1) / n * np.square(without - np.mean(without)).sum())) if n > 1 else 0.0
    return {
        "source": name,
        "asked": asked,
        "auc": round(auc(bad, risk), 4),
        "se": round(se, 4),
        "allowed": round(0.02 + 2.0 * se, 4),
        "bad": int(np.count_nonzero(bad)),
    }


def first_fresh() -> int:
    """Number the first replication that no table of the precision file rests on."""
    found = json.loads(PRECISION_FILE.read_text(encoding="utf-8"))
    return int(max(found["replications"], *found.get("added", {}).values(), 0))


def added(scenario: Scenario, replications: int) -> dict[str, Any]:
    """Return the precision file as it is, with tables of the sources that had none.

    `added` names them with the replications they rest on.
    """
    found = json.loads(PRECISION_FILE.read_text(encoding="utf-8"))
    missing = [kind for kind in plugins("credit") if kind not in found["sources"]]
    if missing:
        data = record(scenario, replications)
        found["sources"] |= {kind: table_of(kind, data) for kind in missing}
        found["added"] = {**found.get("added", {}), **dict.fromkeys(missing, replications)}
    return dict(found)


def calibrate(scenario: Scenario, replications: int) -> dict[str, Any]:
    """Return the content of the precision file for a baseline scenario."""
    data = record(scenario, replications)
    found = report(data)
    tables = {kind: table_of(kind, data) for kind in plugins("credit")}
    return {
        "note": "AUC against precision of each source, bisected on baseline runs",
        "oracle_auc": round(found["oracle_auc"], 4),
        "hash": calibration_hash(scenario),
        "replications": replications,
        "sources": tables,
        "report": found,
    }


def as_text(found: dict[str, Any]) -> str:
    """Write the precision file with one line per entry and source."""
    lines = [f' "{k}": {json.dumps(v)}' for k, v in found.items() if k != "sources"]
    tables = [f'  "{k}": {json.dumps(v)}' for k, v in found["sources"].items()]
    return "{\n" + ",\n".join(lines) + ',\n "sources": {\n' + ",\n".join(tables) + "\n }\n}\n"


def main() -> None:
    """Calibrate on a scenario file and write the precision file."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--scenario", default="scenarios/baseline.yaml")
    parser.add_argument("--replications", type=int, default=4)
    parser.add_argument("--dry", action="store_true", help="print only")
    parser.add_argument("--add", action="store_true", help="only sources without a table")
    parser.add_argument("--check", action="store_true", help="judge the frozen precisions anew")
    options = parser.parse_args()
    if options.check:
        for row in checked(record(load(options.scenario), options.replications, first_fresh())):
            print(json.dumps(row))
        return
    make = added if options.add else calibrate
    found = make(load(options.scenario), options.replications)
    print(json.dumps(found["report"], indent=1))
    if not options.dry:
        PRECISION_FILE.write_text(as_text(found), encoding="utf-8")
        print(f"written: {PRECISION_FILE.name}")


if __name__ == "__main__":
    main()
