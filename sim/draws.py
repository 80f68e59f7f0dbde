"""Keyed uniforms: a random number belongs to (replication, purpose, month, id), to nothing else.

Responsible for every random number of the model and for the list of purposes they serve.
Stateless: asking again, in any order and for any subset of ids, returns the same numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from hashlib import blake2b
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.units import Floats, Ids

Words = NDArray[np.uint64]

_WRAP = (1 << 64) - 1


def _word(value: int) -> Words:
    """Hold a constant as an array without axes: beside arrays numpy takes it in half the time."""
    return np.array(value, dtype=np.uint64)


_GOLDEN, _OPTION = 0x9E3779B97F4A7C15, 0xD1342543DE82EF95
_GOLDEN_WORD, _OPTION_WORD = _word(_GOLDEN), _word(_OPTION)
_FIRST, _SECOND = _word(0xBF58476D1CE4E5B9), _word(0x94D049BB133111EB)
_S30, _S27, _S31, _S12 = _word(30), _word(27), _word(31), _word(12)
_EXPONENT_OF_ONE = _word(0x3FF0000000000000)
_BELOW_ONE = np.array(1.0 - 2.0**-53)
_BLOCK = 1 << 14  # words of a block stay in the cache through the dozen passes of a draw
_MOST_KEYS = 4096
_MANY = 1024  # options from which on it pays to see how many of them differ


@dataclass(frozen=True)
class Purpose:
    """One decision that draws: taken every month, or once and lasting (asked with month 0)."""

    kind: Literal["monthly", "lasting"]
    doc: str


PURPOSES: dict[str, Purpose] = {
    "enterprise_scale": Purpose("lasting", "size of an enterprise at entry"),
    "enterprise_age": Purpose("lasting", "age of an enterprise at the start"),
    "enterprise_sector": Purpose("lasting", "sector an enterprise sells in"),
    "enterprise_quality": Purpose("lasting", "latent quality of an enterprise"),
    "enterprise_assets": Purpose("lasting", "fixed assets of an enterprise over its size"),
    "business_seller": Purpose("lasting", "whether it sells to other enterprises"),
    "is_online": Purpose("lasting", "whether it borrows on the internet"),
    "opportunist": Purpose("lasting", "whether its owner walks away from debt where that pays"),
    "purchase_share": Purpose("lasting", "share of output it buys from others"),
    "initial_demand": Purpose("lasting", "its own demand at entry"),
    "initial_wear": Purpose("lasting", "cash of a founder at the start"),
    "founding_projects": Purpose("lasting", "what projects of its past earn a founder"),
    "supplier": Purpose("lasting", "supplier of a buyer (option: link slot, change and try)"),
    "supplier_count": Purpose("lasting", "number of its suppliers"),
    "link_weight": Purpose("lasting", "size of an order (option: link slot)"),
    "payment_months": Purpose("lasting", "months of credit agreed (option: link slot)"),
    "circle": Purpose("lasting", "whether it joins a circle of mutual guarantees"),
    "choose_bank": Purpose("lasting", "bank a firm turns to (option: row of the bank)"),
    "choose_platform": Purpose("lasting", "platform it turns to (option: row)"),
    "choose_micro_lender": Purpose("lasting", "micro lender it turns to (option: row)"),
    "choose_ecommerce_lender": Purpose("lasting", "e-commerce lender it turns to (option: row)"),
    "choose_crowdfunding_platform": Purpose(
        "lasting", "crowdfunding platform it turns to (option: row)"
    ),
    "prefers_crowdfunding": Purpose("lasting", "whether an owner tries a campaign before lenders"),
    "signal_noise": Purpose("lasting", "noise of a source (option: source, provider and block)"),
    "source_coverage": Purpose("lasting", "whether a source covers a firm (option: source)"),
    "reporting": Purpose("lasting", "whether a member reports a client (option: provider)"),
    "lender_size": Purpose("lasting", "capital of a micro lender"),
    "platform_size": Purpose("lasting", "how well known a platform is"),
    "platform_form": Purpose("lasting", "whether a platform pools its clients' money"),
    "platform_promise": Purpose("lasting", "whether a platform promises principal"),
    "platform_region": Purpose("lasting", "region of a platform"),
    "licence": Purpose("lasting", "whether a provider is fit for a licence (option: kind)"),
    "planned_fraud": Purpose("lasting", "whether the owner of a platform plans fraud"),
    "temptation": Purpose("lasting", "whether its owner absconds where that pays"),
    "investor_wealth": Purpose("lasting", "wealth a saver aims at"),
    "investor_watch": Purpose("lasting", "number of platforms a saver watches"),
    "investor_tolerance": Purpose("lasting", "risk aversion of a saver"),
    "rewired_tie": Purpose("lasting", "whether a saver's tie is rewired (option: steps)"),
    "tie": Purpose("lasting", "place that a rewired tie leads to (option: steps)"),
    "fund_size": Purpose("lasting", "how well known a money fund is"),
    "choose_vendor": Purpose("lasting", "vendor of an institution (option: kind and vendor)"),
    "second_vendor": Purpose("lasting", "whether it has a second one (option: its kind)"),
    "saver_fund": Purpose("lasting", "money fund of a saver (option: row of the fund)"),
    "firm_parks": Purpose("lasting", "whether a firm parks idle cash in a money fund"),
    "firm_fund": Purpose("lasting", "money fund of a firm (option: row of the fund)"),
    "enterprise_count": Purpose("monthly", "rounding of the number of entrants"),
    "platform_count": Purpose("monthly", "rounding of potential platforms"),
    "crowdfunding_count": Purpose("monthly", "rounding of potential crowdfunding platforms"),
    "investor_count": Purpose("monthly", "rounding of new savers"),
    "common_demand": Purpose("monthly", "common demand factor"),
    "sector_demand": Purpose("monthly", "demand factor of a sector"),
    "demand": Purpose("monthly", "own demand of an enterprise"),
    "demand_noise": Purpose("monthly", "passing noise of an enterprise's sales"),
    "project": Purpose("monthly", "whether a firm meets a project"),
    "project_size": Purpose("monthly", "size of the project"),
    "project_return": Purpose("monthly", "return of the project"),
    "liquidation": Purpose("monthly", "place of a firm among those a shock closes"),
    "closure": Purpose("monthly", "whether an owner closes a solvent firm"),
    "queue": Purpose("monthly", "place of an applicant in a queue (option: purpose)"),
    "factoring": Purpose("monthly", "place of a seller of receivables in a factor's queue"),
    "lot": Purpose("monthly", "place of a lot of client money (option: platform and lot)"),
    "link_churn": Purpose("monthly", "whether a link between living firms parts (option: slot)"),
    "emergency": Purpose("monthly", "place in the queue for emergency loans (option: kind)"),
    "examination": Purpose("monthly", "place in the queue of examinations (option: kind)"),
    "capital_call": Purpose("monthly", "whether owners pay in what is missing (option: kind)"),
    "attack_count": Purpose("monthly", "attacks that arrive at an institution (option: its kind)"),
    "attack_kind": Purpose("monthly", "of which kind one is (option: its kind and its number)"),
    "attack_target": Purpose(
        "monthly",
        "whom an attack strikes (option: kind of attack and of institution, number of the attack)",
    ),
    "attack_success": Purpose("monthly", "whether an attack succeeds (option: the same)"),
    "attack_start": Purpose("monthly", "hour of the month at which it strikes (option: the same)"),
    "outage_hours": Purpose("monthly", "how long systems are down (option: the same)"),
    "business_hour": Purpose(
        "lasting", "hour of the month at which dealings with a provider fall (option: provider)"
    ),
    "saver_hour": Purpose("lasting", "the same of a saver (option: platform)"),
    "incident_found": Purpose("monthly", "when its victim finds an incident (option: the same)"),
    "incident_known": Purpose("monthly", "when others learn of an incident (option: the same)"),
    "platform_entry": Purpose("monthly", "whether a potential platform enters"),
    "crowdfunding_entry": Purpose("monthly", "whether a potential crowdfunding platform enters"),
    "inspection": Purpose("monthly", "whether a platform is inspected"),
    "inspection_result": Purpose("monthly", "whether an inspection finds or suspects anything"),
    "alarm": Purpose("monthly", "whether police look at a platform"),
    "alarm_result": Purpose("monthly", "whether they suspect an innocent one"),
    "caught": Purpose("monthly", "whether an owner who absconds is caught"),
    "investor_exit": Purpose("monthly", "whether a saver leaves for good"),
    "watch": Purpose("monthly", "platform an empty slot turns to (option: platform)"),
    "watch_churn": Purpose("monthly", "whether a watched platform is exchanged"),
    "attention": Purpose("lasting", "whether a saver considers platforms while few do"),
    "saver_choice": Purpose("monthly", "platform of new money (option: platform + 1, 0 outside)"),
    "note_offer": Purpose("monthly", "place of a note for sale (option: its borrower)"),
    "note_bid": Purpose("monthly", "place among buyers who want as much (option: platform)"),
    "fund_yield": Purpose("monthly", "yield of the paper of all money funds"),
    "looks_at_campaigns": Purpose("monthly", "whether a saver looks at running campaigns"),
    "campaign_place": Purpose("monthly", "place of a running campaign in the month's list"),
    "opens_list": Purpose("monthly", "place at which a saver opens that list"),
    "campaign_choice": Purpose(
        "monthly", "campaign a saver prefers (option: dice of its owner + 1, 0 for none)"
    ),
    "pledge": Purpose("monthly", "place of a saver among those who pledge"),
    "withdrawal": Purpose("monthly", "whether a saver who prefers the outside withdraws"),
}


class Draws:
    """The dice of one replication: `uniform`, `normal` and `gumbel` by purpose, month and id."""

    def __init__(self, seed: int, replication: int = 0) -> None:
        self.seed, self.replication = int(seed), int(replication)
        self._keys: dict[tuple[str, int, int], tuple[Words, Words]] = {}

    def uniform(
        self, purpose: str, month: int, ids: Any, options: Any = None, round: int = 0
    ) -> Floats:
        """Draw uniforms in the open interval (0, 1), one per id and option.

        ids     : any shape - who draws, by permanent row, enterprises by their column `dice`; a
            scalar counts as an array of one
        options : broadcasts with ids - permanent row of what is weighed, or an attempt number
        round   : which turn of a loop inside a phase

        u = mix64(key + (id + 1) x golden), the top 52 bits, centred in their cell.
        Source: Steele, Lea, Flood (2014), SplitMix64.
        """
        without, with_options = self._starts(purpose, month, round)
        words = np.array(ids, dtype=np.int64, order="C", ndmin=1).view(np.uint64)
        if options is None:
            for part, spare in _blocks(words):
                _advance(part, without, _GOLDEN_WORD)
                _mix(part, spare)
                _make_uniform(part)
            return words.view(np.float64)
        keys = _keys_of(np.array(options, dtype=np.int64, order="C", ndmin=1), with_options)
        _advance(words, _GOLDEN_WORD, _GOLDEN_WORD)
        words = np.add(words, keys, order="C")
        for part, spare in _blocks(words):
            _mix(part, spare)
            _make_uniform(part)
        return words.view(np.float64)

    def normal(
        self, purpose: str, month: int, ids: Any, options: Any = None, round: int = 0
    ) -> Floats:
        """Draw standard normals by the inverse distribution function of `uniform`."""
        u = self.uniform(purpose, month, ids, options, round)
        return np.asarray(ndtri(u, out=u))

    def gumbel(
        self, purpose: str, month: int, ids: Any, options: Any = None, round: int = 0
    ) -> Floats:
        """Draw standard Gumbel noise, -log(-log u): the highest utility plus noise is a logit."""
        u = self.uniform(purpose, month, ids, options, round)
        for _ in range(2):
            np.log(u, out=u)
            np.negative(u, out=u)
        return u

    def _starts(self, purpose: str, month: int, round: int) -> tuple[Words, Words]:
        """Give the state of counter 0 of a purpose, without options and of its options."""
        name = (purpose, month, round)
        starts = self._keys.get(name)
        if starts is None:
            _refuse_unknown(purpose, month)
            text = f"{self.seed}|{self.replication}|{purpose}|{int(month)}|{int(round)}"
            key = int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")
            starts = _word((key + _GOLDEN) & _WRAP), _word((key + _OPTION) & _WRAP)
            if len(self._keys) >= _MOST_KEYS:
                self._keys.clear()
            self._keys[name] = starts
        return starts


def _keys_of(options: Ids, start: Words) -> Words:
    """Turn options into keys of their own; the array of options may become that of the keys."""
    keys = options.view(np.uint64)
    if keys.size >= _MANY and 4 * (last := int(keys.max())) < keys.size:
        # Few options for many: a key of each, looked up. (Negative ones look very large here.)
        each = np.arange(last + 1, dtype=np.int64)
        return _keys_of(each, start).take(options)
    for part, spare in _blocks(keys):
        _advance(part, start, _OPTION_WORD)
        _mix(part, spare)
    return keys


def _refuse_unknown(purpose: str, month: int) -> None:
    if purpose not in PURPOSES:
        near = get_close_matches(purpose, PURPOSES, n=1, cutoff=0.0)[0]
        raise KeyError(f"no purpose {purpose!r} in sim/draws.py; the nearest is {near!r}")
    if PURPOSES[purpose].kind == "lasting" and month != 0:
        raise ValueError(f"purpose {purpose!r} is lasting: ask it with month 0, not {month}")


def _blocks(words: Words) -> Iterator[tuple[Words, Words]]:
    """Cut words into blocks that stay in the cache; a second array of the same size with each."""
    flat = words.reshape(-1)
    spare = np.empty(min(len(flat), _BLOCK), dtype=np.uint64)
    if len(flat) <= _BLOCK:
        yield flat, spare
        return
    for start in range(0, len(flat), _BLOCK):
        part = flat[start : start + _BLOCK]
        yield part, spare[: len(part)]


def _advance(words: Words, start: Words, step: Words) -> None:
    """Turn counters into states in place: start + counter x step, modulo 2^64."""
    np.multiply(words, step, words)
    np.add(words, start, words)


def _mix(words: Words, spare: Words) -> None:
    """Scramble 64-bit words in place with the finaliser of SplitMix64."""
    for shift, factor in ((_S30, _FIRST), (_S27, _SECOND)):
        np.right_shift(words, shift, spare)
        np.bitwise_xor(words, spare, words)
        np.multiply(words, factor, words)
    np.right_shift(words, _S31, spare)
    np.bitwise_xor(words, spare, words)


def _make_uniform(words: Words) -> None:
    """Turn words into floats in place: k / 2^52 + 2^-53, never 0, never 1, exact."""
    np.right_shift(words, _S12, words)
    np.bitwise_or(words, _EXPONENT_OF_ONE, words)
    u = words.view(np.float64)
    np.subtract(u, _BELOW_ONE, u)
