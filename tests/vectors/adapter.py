"""Thin names under which the reference vectors ask for the algorithms of `sim` and `analysis`."""

from __future__ import annotations

from typing import Any

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
