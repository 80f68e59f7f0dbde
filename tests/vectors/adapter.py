"""Thin names under which the reference vectors ask for the algorithms of `sim` and `analysis`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from analysis import cascades, debtrank, portfolio
from analysis.core_periphery import core_periphery as divide
from analysis.network_measures import network_measures as measures
from analysis.portfolio import discrimination, portfolio_at_risk, tail_risk, vintage_curves
from analysis.reconstruction import max_entropy as most_entropy
from analysis.reconstruction import min_density as fewest_links
from analysis.valuation import exante_merton
from sim.clearing import clearing_vector


def eisenberg_noe(
    liabilities: Any,
    external_assets: Any,
    external_liabilities: Any = None,
    seniority: str = "pari_passu",
) -> dict[str, Any]:
    found = clearing_vector(liabilities, external_assets, external_liabilities, seniority)
    return {"payments": found.payments, "defaulted": found.defaulted}


def rogers_veraart(
    liabilities: Any,
    external_assets: Any,
    alpha: float,
    beta: float,
    external_liabilities: Any = None,
) -> dict[str, Any]:
    found = clearing_vector(
        liabilities, external_assets, external_liabilities, alpha=alpha, beta=beta
    )
    return {"payments": found.payments, "defaulted": found.defaulted}


def furfine(
    exposures: Any,
    equity: Any,
    initial_defaults: Any,
    lgd: Any = 1.0,
    default_rule: Any = "loss>equity",
) -> dict[str, Any]:
    share = 1.0 if lgd is None else lgd
    found = cascades.furfine_cascade(exposures, equity, initial_defaults, share, default_rule)
    return {"defaulted": found.fallen, "losses": found.losses, "default_round": found.round}


def linear_threshold(weights: Any, thresholds: Any, seeds: Any) -> dict[str, Any]:
    found = cascades.linear_threshold(weights, thresholds, seeds)
    return {"active": found.fallen, "active_round": found.round}


def gai_kapadia(adjacency: Any, interbank_assets: Any, capital: Any, seeds: Any) -> dict[str, Any]:
    found = cascades.gai_kapadia(adjacency, interbank_assets, capital, seeds)
    return {"defaulted": found.fallen, "default_round": found.round}


def debtrank_linear(
    exposures: Any, equity: Any, initial_loss: Any, weights: Any = None
) -> dict[str, Any]:
    return asdict(debtrank.debtrank_linear(exposures, equity, initial_loss, weights))


def debtrank_original(
    exposures: Any, equity: Any, initial_loss: Any, weights: Any = None
) -> dict[str, Any]:
    return asdict(debtrank.debtrank_original(exposures, equity, initial_loss, weights))


def debtrank_nonlinear(
    exposures: Any, equity: Any, initial_loss: Any, alpha: float
) -> dict[str, Any]:
    return asdict(debtrank.debtrank_nonlinear(exposures, equity, initial_loss, alpha))


def debtrank_all(exposures: Any, equity: Any, weights: Any = None) -> dict[str, Any]:
    found = debtrank.debtrank_of_all(exposures, equity, weights)
    return {"debtrank": found, "top10": debtrank.highest(found, 10)}


def neva_exante_merton(
    exposures: Any,
    external_assets: Any,
    external_liabilities: Any,
    sigma: Any,
    recovery: Any = 1.0,
    liability_base: Any = "total",
) -> dict[str, Any]:
    return asdict(
        exante_merton(
            exposures, external_assets, external_liabilities, sigma, recovery, liability_base
        )
    )


def classification_measures(y_true: Any, score: Any) -> dict[str, float]:
    return asdict(discrimination(y_true, score))


def kaplan_meier(durations: Any, events: Any) -> dict[str, Any]:
    found = portfolio.kaplan_meier(durations, events)
    return {"times": found.times, "survival": found.survival}


def var_es(losses: Any, level: float, probabilities: Any = None) -> dict[str, float]:
    return asdict(tail_risk(losses, level, probabilities))


def vasicek_quantile(pd: float, rho: float, level: float) -> dict[str, float]:
    return {"quantile": portfolio.vasicek_quantile(pd, rho, level)}


def par(outstanding: Any, days_past_due: Any, days: float) -> dict[str, float]:
    return {"par": portfolio_at_risk(outstanding, days_past_due, days)}


def vintage_curve(cohort: Any, default_age: Any, max_age: int) -> dict[str, Any]:
    return {"curves": vintage_curves(cohort, default_age, max_age)}


def max_entropy(row_sums: Any, col_sums: Any) -> dict[str, Any]:
    return {"matrix": most_entropy(row_sums, col_sums).toarray()}


def min_density(row_sums: Any, col_sums: Any) -> dict[str, Any]:
    return {"matrix": fewest_links(row_sums, col_sums).toarray()}


def network_measures(exposures: Any) -> dict[str, Any]:
    return asdict(measures(exposures))


def core_periphery(adjacency: Any) -> dict[str, Any]:
    found = divide(adjacency)
    return {"error": found.error, "core": found.core}
