"""Every public function on networks and portfolios refuses every kind of bad input by name."""

import inspect
import warnings

import pytest
from wrong_values import (
    ABSENT,
    ALL_ZERO,
    BELOW,
    CLAIMS,
    COUNT,
    FLAGS,
    INF,
    MATRIX,
    NAN,
    NET,
    NODES,
    NUMBERS,
    ONE,
    PER_NODE,
    SHARES,
    WORD,
    without,
)

from analysis import (
    cascades,
    core_periphery,
    debtrank,
    firesales,
    network_measures,
    networks,
    null_networks,
    portfolio,
    reconstruction,
    systemic,
    valuation,
)
from sim import clearing

MODULES = (cascades, clearing, core_periphery, debtrank, firesales, network_measures, networks,
           null_networks, portfolio, reconstruction, systemic, valuation)  # fmt: skip
# Function -> (a call that is right, argument -> what may be wrong with it).
CALLS = {
    networks.checked_exposures: ({"exposures": CLAIMS}, {"exposures": NET}),
    networks.exposures_of: ({"liabilities": CLAIMS}, {"liabilities": NET}),
    networks.liabilities_of: ({"exposures": CLAIMS}, {"exposures": NET}),
    networks.exposures_from_edges: (
        {"creditors": [0, 1, 2], "debtors": [1, 2, 0], "amounts": [1.0, 2.0, 3.0], "nodes": 3},
        {
            "creditors": {
                "nobody": ([0, 1, 9], "9"), "none": (None, ""), "none inside": ([0, 1, None], ""),
                "one": (1, ""), "short": ([0, 1], "2"), "ragged": ([[0], [1, 2], 2], ""),
                "on itself": ([1, 1, 2], "on itself"), "word": ("abc", ""),
            },
            "debtors": {"nobody": ([9, 2, 0], "9"), "none": (None, ""), "text": (["a", 2, 0], "a")},
            "amounts": {**PER_NODE, **BELOW, **ABSENT},
            "nodes": {
                "none": (None, "None"), "word": ("abc", "abc"), "negative": (-1, "-1"),
                "half": (2.5, "2.5"), "twice": (["a", "a"], "a"), "set": ({1, 2}, ""),
                "flag": (True, "True"), "nan": (NAN, "nan"),
            },
        },
    ),
    networks.checked_column: (
        {"values": [1.0, 1.0, 1.0], "n": 3, "name": "values", "low": 0.0},
        {"values": {**PER_NODE, **BELOW, **ABSENT}},
    ),
    networks.checked_network: ({"matrix": CLAIMS, "name": "matrix"}, {"matrix": MATRIX}),
    networks.checked_names: (
        {"names": ["a", "b"], "what": "names"},
        {"names": {"none": (None, "None"), "word": ("ab", "ab"), "number": (2, "2"),
                   "twice": (["a", "a"], "a"), "set": ({"a"}, ""), "lists": ([["a"], ["b"]], "")}},
    ),
    networks.checked_number: (
        {"value": 0.5, "name": "value", "low": 0.0, "high": 1.0},
        {"value": {**ONE, "above": (2.0, "2")}},
    ),
    networks.checked_count: ({"value": 3, "name": "value", "low": 1}, {"value": COUNT}),
    networks.floats_of: (
        {"values": [1.0, 2.0], "name": "values"},
        {"values": {kind: NUMBERS[kind] for kind in ("text", "word", "ragged", "complex")}},
    ),
    networks.checked_nodes: ({"chosen": [0], "n": 3, "name": "chosen"}, {"chosen": NODES}),
    cascades.furfine_cascade: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "initial_defaults": [0], "lgd": 1.0,
         "default_rule": "loss>equity"},
        {"exposures": NET, "equity": {**PER_NODE, **ABSENT}, "initial_defaults": NODES,
         "lgd": {**PER_NODE, **SHARES, **ABSENT}, "default_rule": WORD},
    ),
    cascades.linear_threshold: (
        {"weights": CLAIMS, "thresholds": [1.0, 1.0, 1.0], "seeds": [0]},
        {"weights": NET, "thresholds": {**PER_NODE, **ABSENT}, "seeds": NODES},
    ),
    cascades.gai_kapadia: (
        {"adjacency": CLAIMS, "interbank_assets": [1.0, 1.0, 1.0], "capital": [1.0, 1.0, 1.0],
         "seeds": [0]},
        {"adjacency": NET, "interbank_assets": {**PER_NODE, **BELOW, **ABSENT},
         "capital": {**PER_NODE, **ABSENT}, "seeds": NODES},
    ),
    debtrank.debtrank_linear: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "initial_loss": {0: 1.0}, "weights": None},
        {"exposures": NET, "equity": {**PER_NODE, **ABSENT},
         "initial_loss": {**PER_NODE, **BELOW, **ABSENT},
         "weights": {**PER_NODE, **BELOW, **ALL_ZERO}},
    ),
    debtrank.debtrank_nonlinear: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "initial_loss": {0: 1.0}, "alpha": 1.0,
         "weights": None},
        {"exposures": NET, "equity": PER_NODE, "initial_loss": {**PER_NODE, **BELOW}, "alpha": ONE,
         "weights": {**PER_NODE, **BELOW, **ALL_ZERO}},
    ),
    debtrank.debtrank_original: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "initial_loss": {0: 1.0}, "weights": None},
        {"exposures": NET, "equity": PER_NODE, "initial_loss": {**PER_NODE, **BELOW},
         "weights": {**PER_NODE, **BELOW, **ALL_ZERO}},
    ),
    debtrank.debtrank_of_all: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "weights": None},
        {"exposures": NET, "equity": {**PER_NODE, **ABSENT},
         "weights": {**PER_NODE, **BELOW, **ALL_ZERO}},
    ),
    debtrank.highest: (
        {"values": [1.0, 2.0, 3.0], "count": 2},
        {"values": {**without(NUMBERS, "short", "infinite"), **ABSENT}, "count": COUNT},
    ),
    valuation.exante_merton: (
        {"exposures": CLAIMS, "external_assets": [5.0, 5.0, 5.0],
         "external_liabilities": [1.0, 1.0, 1.0], "sigma": [0.2, 0.2, 0.2],
         "recovery": [1.0, 1.0, 1.0], "liability_base": "total"},
        {"exposures": NET, "external_assets": {**PER_NODE, **BELOW, **ABSENT},
         "external_liabilities": {**PER_NODE, **BELOW, **ABSENT},
         "sigma": {**PER_NODE, **BELOW, **ABSENT}, "recovery": {**PER_NODE, **SHARES, **ABSENT},
         "liability_base": WORD},
    ),
    firesales.fire_sale: (
        {"liabilities": CLAIMS, "cash": [1.0, 1.0, 1.0], "holdings": [[1.0], [2.0], [1.0]],
         "price_impact": [0.1], "min_ratio": 0.1, "external_liabilities": [1.0, 1.0, 1.0],
         "seniority": "senior", "price_shock": [0.0]},
        {
            "liabilities": NET, "cash": {**PER_NODE, **BELOW, **ABSENT},
            "holdings": {
                "negative": ([[1.0], [-2.0], [1.0]], "1, 0"),
                "nan": ([[1.0], [NAN], [1.0]], "1, 0"),
                "text": ([["a"], [1.0], [1.0]], ""), "none": (None, ""),
                "short": ([[1.0], [1.0]], "2"), "ragged": ([[1.0], [1.0, 2.0], [1.0]], ""),
                "flat": ([1.0, 1.0], ""),
            },
            "price_impact": {"text": (["a"], ""), "none": (None, ""), "nan": ([NAN], "0]"),
                             "negative": ([-1.0], "0]"), "several": ([0.1, 0.1], "(2,)")},
            "min_ratio": ONE, "external_liabilities": {**PER_NODE, **BELOW}, "seniority": WORD,
            "price_shock": {"text": (["a"], ""), "none": (None, ""), "nan": ([NAN], "0]"),
                            "above one": ([1.5], "0]"), "several": ([0.1, 0.1], "(2,)")},
        },
    ),
    reconstruction.max_entropy: (
        {"row_sums": [1.0, 1.0, 1.0], "col_sums": [1.0, 1.0, 1.0], "prior": None, "rtol": 1e-12},
        {"row_sums": {**NUMBERS, **BELOW, **ABSENT}, "col_sums": {**NUMBERS, **BELOW, **ABSENT},
         "prior": without(MATRIX, "none"), "rtol": ONE},
    ),
    reconstruction.min_density: (
        {"row_sums": [1.0, 1.0, 1.0], "col_sums": [1.0, 1.0, 1.0]},
        {"row_sums": {**NUMBERS, **BELOW, **ABSENT}, "col_sums": {**NUMBERS, **BELOW, **ABSENT}},
    ),
    reconstruction.checked_sums: (
        {"row_sums": [1.0, 1.0, 1.0], "col_sums": [1.0, 1.0, 1.0]},
        {"row_sums": {**NUMBERS, **BELOW, **ABSENT, "too much": ([3.0, 0.0, 0.0], "")}},
    ),
    network_measures.network_measures: ({"exposures": CLAIMS}, {"exposures": NET}),
    network_measures.spectral_radius: ({"matrix": CLAIMS}, {"matrix": NET}),
    network_measures.components: (
        {"links": CLAIMS, "connection": "weak"}, {"links": NET, "connection": WORD},
    ),
    network_measures.binary: ({"claims": CLAIMS}, {"claims": NET}),
    network_measures.hhi: (
        {"sizes": [1.0, 2.0, 1.0]}, {"sizes": {**without(NUMBERS, "short"), **BELOW, **ABSENT}},
    ),
    core_periphery.core_periphery: ({"adjacency": CLAIMS}, {"adjacency": NET}),
    portfolio.discrimination: (
        {"is_bad": [0, 1, 0], "forecast": [0.1, 0.2, 0.3], "weights": None},
        {"is_bad": {**without(FLAGS, "short"), **ABSENT}, "forecast": {**NUMBERS, **ABSENT},
         "weights": {**NUMBERS, **BELOW}},
    ),
    portfolio.kaplan_meier: (
        {"durations": [1.0, 2.0, 3.0], "events": [1, 0, 1]},
        {"durations": {**without(NUMBERS, "short"), **BELOW, **ABSENT}, "events": FLAGS},
    ),
    portfolio.tail_risk: (
        {"losses": [1.0, 2.0, 3.0], "level": 0.5, "probabilities": [0.2, 0.3, 0.5]},
        {"losses": {**without(NUMBERS, "short"), **ABSENT}, "level": ONE,
         "probabilities": {**NUMBERS, **BELOW}},
    ),
    portfolio.vasicek_quantile: (
        {"pd": 0.1, "rho": 0.2, "level": 0.99},
        {"pd": without(ONE, "several"), "rho": without(ONE, "several"),
         "level": without(ONE, "several")},
    ),
    portfolio.portfolio_at_risk: (
        {"outstanding": [1.0, 2.0, 3.0], "days_past_due": [0.0, 40.0, 3.0], "days": 30},
        {"outstanding": {**without(NUMBERS, "short"), **BELOW, **ABSENT},
         "days_past_due": {**NUMBERS, **ABSENT},
         "days": without(ONE, "negative")},
    ),
    portfolio.vintage_curves: (
        {"cohort": ["a", "a", "b"], "default_age": [1.0, None, 2.0], "max_age": 3},
        {"cohort": {"none": (None, ""), "short": (["a"], "(1,)"),
                    "deep": ([["a"], ["a"], ["b"]], ""), "mixed": ([1, None, "a"], "")},
         "default_age": {"none": (None, ""), "text": (["a", "b", "c"], ""), "word": ("abc", ""),
                         "negative": ([1.0, -2.0, 1.0], "1]"), "infinite": ([INF, 1.0, 1.0], "0]"),
                         "complex": ([1j, 1.0, 1.0], ""), "ragged": ([[1.0], [1.0, 2.0], 1.0], "")},
         "max_age": COUNT},
    ),
    systemic.systemic_importance: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "names": None, "lgd": 1.0,
         "weights": None},
        {"exposures": NET, "equity": {**PER_NODE, **ABSENT},
         "names": {"short": (["a"], "1"), "number": (3, "3"), "word": ("abc", "abc"),
                   "twice": (["a", "a", "b"], "a")},
         "lgd": {**PER_NODE, **SHARES, **ABSENT}, "weights": {**PER_NODE, **BELOW}},
    ),
    debtrank.debtrank_losses: (
        {"exposures": CLAIMS, "equity": [1.0, -1.0, 1.0], "weights": None, "nodes": None},
        {"exposures": NET, "equity": PER_NODE, "weights": {**PER_NODE, **BELOW, **ALL_ZERO},
         "nodes": NODES},
    ),
    systemic.furfine_losses: (
        {"exposures": CLAIMS, "equity": [1.0, 1.0, 1.0], "lgd": 1.0},
        {"exposures": NET, "equity": PER_NODE, "lgd": {**PER_NODE, **SHARES, **ABSENT}},
    ),
    systemic.betweenness: ({"exposures": CLAIMS}, {"exposures": NET}),
    systemic.eigenvector: (
        {"exposures": CLAIMS, "rounds": 10}, {"exposures": NET, "rounds": COUNT},
    ),
    systemic.katz: ({"exposures": CLAIMS, "attenuation": 0.5},
                    {"exposures": NET, "attenuation": {**ONE, "one": (1.0, "1")}}),
    null_networks.rewired: (
        {"exposures": CLAIMS, "seed": 1, "swaps": 2},
        {"exposures": NET, "seed": COUNT, "swaps": COUNT},
    ),
    null_networks.reassigned: (
        {"exposures": CLAIMS, "seed": 1, "within": "all"},
        {"exposures": NET, "seed": COUNT, "within": WORD},
    ),
    null_networks.with_sums_of: (
        {"network": CLAIMS, "exposures": CLAIMS},
        {"network": {**NET, "smaller": ([[0.0, 1.0], [1.0, 0.0]], "2")}, "exposures": NET},
    ),
    null_networks.against_null: (
        {"exposures": CLAIMS, "measure": lambda claims: float(claims.sum()), "draws": 2, "seed": 0,
         "model": "links"},
        {"exposures": NET, "measure": {"none": (None, "None"), "word": ("density", "density")},
         "draws": COUNT, "seed": COUNT, "model": WORD},
    ),
    clearing.clearing_vector: (
        {"liabilities": CLAIMS, "external_assets": [1.0, 1.0, 1.0],
         "external_liabilities": [1.0, 1.0, 1.0], "seniority": "senior", "alpha": 1.0, "beta": 1.0,
         "rtol": 1e-10},
        {"liabilities": NET, "external_assets": {**PER_NODE, **ABSENT},
         "external_liabilities": {**PER_NODE, **BELOW}, "seniority": WORD,
         "alpha": {**ONE, "above one": (1.5, "1.5")}, "beta": {**ONE, "above one": (1.5, "1.5")},
         "rtol": ONE},
    ),
}  # fmt: skip
# Helpers that get what has been checked already, in the innermost loops.
INNER = {
    clearing.clear_in_fen, clearing.refuse_stored, core_periphery.try_all, core_periphery.search
}  # fmt: skip
# Answers that speak of a node or a claim, not of one argument.
OF_ALL = ("on itself", "too much", "smaller")
CASES = [
    pytest.param(function, argument, value, word, kind, id=f"{function.__name__}-{argument}-{kind}")
    for function, (_, wrong) in CALLS.items()
    for argument, kinds in wrong.items()
    for kind, (value, word) in kinds.items()
]


def test_every_public_function_is_tried_with_every_argument():
    public = {
        function for module in MODULES for name, function in vars(module).items()
        if inspect.isfunction(function) and function.__module__ == module.__name__
        and not name.startswith("_")
    }  # fmt: skip
    assert public - set(CALLS) == INNER


@pytest.mark.parametrize("function", CALLS, ids=lambda function: function.__name__)
def test_the_right_call_is_right(function):
    function(**CALLS[function][0])


@pytest.mark.parametrize(("function", "argument", "value", "word", "kind"), CASES)
def test_bad_input_is_refused_by_name(function, argument, value, word, kind):
    right, _ = CALLS[function]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(ValueError) as refused:  # noqa: PT011 - the message is looked at below
            function(**{**right, argument: value})
    assert type(refused.value) is ValueError, "one of another package"
    said = str(refused.value)
    assert word in said
    assert argument in said or kind in OF_ALL
