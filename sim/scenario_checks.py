"""What is well-formed in a scenario and still wrong, or does nothing.

Responsible for finding sources that nobody may hold or holds, shocks to sectors that are not there,
too much herding and unknown names (mistakes), and for what is right and has no effect (notes). Not
responsible for attacks (`sim/scenario_attacks.py`) nor for the shape of a file
(`sim/scenario_schema.py`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sim import scenario_tree as tree
from sim.herding import largest_herding
from sim.limits import CREDIT_KINDS, FACTOR_KINDS, PROVIDER_KINDS
from sim.scenario_attacks import attacks_without_effect, impossible_attacks
from sim.scenario_errors import Mistake, Place, nearest, shown
from sim.scenario_plugins import plugins
from sim.scenario_policy import openers
from sim.scenario_schema import Credit, File, presets, unknown_metrics
from sim.scenario_tree import Node
from sim.shocks.base import FOR_GOOD

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.scenario_policy import Policy

Path = tuple[str, ...]


def beyond_shape(root: Node, file: File, said: Node) -> list[Mistake]:
    """Find what is well-formed and still wrong: no such sector, misplaced sources, herding.

    root : the tree of a date with presets laid under; said : the same without them
    """
    sectors = file.parameters.enterprise.sectors
    mistakes = [
        Mistake(_where(root, said, path), message)
        for path, message in _wrong_with_credit(file, said)
    ]
    for label, shock in file.shocks.items():
        sector = getattr(shock, "sector", None)
        if sector is not None and sector >= sectors:
            place = tree.place_at(root, ("shocks", label, "sector"))
            mistakes.append(Mistake(place, f"{sector} is not one of 0..{sectors - 1}"))
    mistakes += impossible_attacks(root, file, said)
    mistakes += _too_much_herding(root, file)
    return mistakes


def _too_much_herding(root: Node, file: File) -> list[Mistake]:
    """Refuse herding at which savers would run although nothing has happened."""
    p, fund = file.parameters, file.parameters.money_fund
    given = p.investor.herding
    if given == 0:
        return []
    pays = fund.mean_yield * (1.0 - fund.fee_share) if file.population.money_funds else None
    most = largest_herding(p, pays)
    if given < most:
        return []
    place = tree.place_at(root, ("parameters", "investor", "herding"))
    why = "beyond, savers would run without a cause (see 'describe investor')"
    return [Mistake(place, f"{shown(given)} must be below {most:.4g}: {why}")]


def _where(root: Node, said: Node, path: Path) -> Place:
    """Find where a value of the credit system was written; for what a preset gives, its name."""
    if path[0] == "providers" and path[2] == "sources" and said.get("credit", *path[:4]) is None:
        for common in (("credit", *path[2:]), ("credit", *path[2:4])):
            node = said.get(*common)  # said for all kinds at once
            if node is not None and node.value is not None:
                return node.place
        for named in (("credit", *path[:2], "preset"), ("credit", "preset")):
            node = said.get(*named)
            if node is not None and node.value is not None:
                return node.place
    return tree.place_at(root, ("credit", *path))


def _wrong_with_credit(file: File, said: Node) -> Iterator[tuple[Path, str]]:
    """Find precisions that do not exist, sources that nobody may hold or holds, no members."""
    held: dict[str, list[str]] = {name: [] for name in plugins("credit")}
    for kind in CREDIT_KINDS:
        if getattr(file.credit.providers, kind).factoring and kind not in FACTOR_KINDS:
            only = " and ".join(FACTOR_KINDS)
            yield ("providers", kind, "factoring"), f"only {only} can buy receivables"
        for name, source in getattr(file.credit.providers, kind).sources:
            if source is None:
                continue
            held[name].append(kind)
            here = ("providers", kind, "sources", name)
            if not source.may_hold(kind):
                yield here, f"may be held by {', '.join(source.holders)} only"
            try:
                _ = source.p
            except ValueError as error:
                yield (*here, "auc"), str(error)
    lends = {k: _count(file, k) for k in PROVIDER_KINDS}  # and so may be a member of the registry
    living = {
        name: [k for k in kinds if (lends.get(k, 0) if name in openers() else _count(file, k))]
        for name, kinds in held.items()
    }
    for name, source in file.credit.sources:
        if source is not None and not living[name]:
            yield ("sources", name), f"nobody holds it{_absent(held[name])}"
    for name, kinds in held.items():
        asked = [kind for kind in kinds if _is_asked_for(said, kind, name)]
        if asked and not living[name] and getattr(file.credit.sources, name) is None:
            what = "a registry without members" if name in openers() else f"nobody holds {name}"
            yield ("providers", asked[0], "sources", name), f"{what}{_absent(kinds)}"
    if file.credit.sharing and not any(held[name] for name in openers()):
        yield ("sharing",), f"only members of a registry can share, and nobody holds {openers()[0]}"


def _is_asked_for(said: Node, kind: str, name: str) -> bool:
    """Tell whether a source is held because somebody said so, and not by default."""
    written = said.get("credit", "providers", kind, "sources", name)
    by_default = name in presets("credit")[Credit.model_fields["preset"].default]["providers"][kind]
    return written is not None or not by_default


def _count(file: File | Scenario, kind: str) -> int:
    return int(getattr(file.population, f"{kind}s"))


def _absent(kinds: Sequence[str]) -> str:
    """Say that the kinds that hold a source are not there; nothing if no kind holds it."""
    there_are = " and ".join(f"population.{kind}s" for kind in kinds)
    return f": {there_are} is 0" if len(kinds) == 1 else f": {there_are} are 0" if kinds else ""


def check_names(root: Node, file: File, only_arm: str) -> list[Mistake]:
    """Find names of arms and metrics that do not exist, and months of expectations.

    only_arm : what the one arm of a file without arms is called
    """
    unknown = _unknown_arms(root, file, only_arm)
    return [*unknown, *_unknown_metrics(root, file), *_months_beyond(root, file)]


def _unknown_arms(root: Node, file: File, only_arm: str) -> list[Mistake]:
    used: list[tuple[tuple[Any, ...], str | None]] = [(("reference_arm",), file.reference_arm)]
    repeated = file.twins.arms if file.twins else ()
    used += [(("twins", "arms", i), arm) for i, arm in enumerate(repeated)]
    told = file.attribution.arms if file.attribution else ()
    used += [(("attribution", "arms", i), arm) for i, arm in enumerate(told)]
    used += [(("expects", i, "arm"), wish.arm) for i, wish in enumerate(file.expects)]
    for i, wish in enumerate(file.primary):
        used += [(("primary", i, "arm"), wish.arm), (("primary", i, "against"), wish.against)]
    arms = file.arms or [only_arm]
    return [
        Mistake(tree.place_at(root, path), f"there is no arm '{arm}'{nearest(arm, arms)}")
        for path, arm in used
        if arm is not None and arm not in arms
    ]


def _unknown_metrics(root: Node, file: File) -> list[Mistake]:
    used = [(("expects", i, "metric"), wish.metric) for i, wish in enumerate(file.expects)]
    used += [(("primary", i, "metric"), wish.metric) for i, wish in enumerate(file.primary)]
    used += [(("targets", i, "metric"), aim.metric) for i, aim in enumerate(file.targets)]
    unknown = unknown_metrics([metric for _, metric in used])
    return [
        Mistake(
            tree.place_at(root, path),
            f"there is no metric '{metric}'"
            + (nearest(metric, unknown[metric]) or "; 'describe metrics' lists them"),
        )
        for path, metric in used
        if metric in unknown
    ]


def _months_beyond(root: Node, file: File) -> list[Mistake]:
    """Find expectations from, and networks asked for of, a month that the run does not have."""
    months: list[tuple[tuple[Any, ...], int | None]] = [
        (("expects", i, "from"), getattr(wish, "from")) for i, wish in enumerate(file.expects)
    ]
    asked = enumerate(file.outputs.network_months)
    months += [(("outputs", "network_months", i), month) for i, month in asked]
    return [
        Mistake(tree.place_at(root, path), tree.outside(month, file.time.months))
        for path, month in months
        if month is not None and month > file.time.months
    ]


def unnamed_arms(arms: Node) -> list[Mistake]:
    """Find arms whose name is empty."""
    items = arms.value.items() if arms.is_map else ()
    return [Mistake(arm.place, "an arm needs a name") for name, arm in items if not name.strip()]


def notes(scenario: Scenario) -> list[str]:
    """List what is right and yet does nothing, or hardly anything; each once."""
    found: dict[str, None] = {}
    for arm in scenario.arms or (None,):
        run = scenario.resolve(arm)
        for month in run.dates():
            for text in _without_effect(run, run.policy(month), month):
                found[f"arm '{arm}': {text}" if arm else text] = None
    return list(found)


def _without_effect(run: Scenario, policy: Policy, month: int) -> Iterator[str]:
    if policy.guarantees and not run.parameters.enterprise.circle_share:
        yield ("credit.guarantees: there are no circles to give guarantees; "
               "parameters.enterprise.circle_share is 0")  # fmt: skip
    members = {
        kind: source
        for kind, sources in policy.sources.items()
        for source in sources
        if source.kind in openers() and _count(run, kind)
    }
    if members and sum(_count(run, kind) for kind in members) == 1:
        yield "credit: the registry has one member, who learns nothing from it that others know"
    if members and not any(source.reports for source in members.values()):
        yield "credit: no member of the registry reports anything (reports is 0)"
    said = tree.at_month(tree.grow(run.credit), month) or tree.EMPTY
    if not policy.sharing and run.credit.get("sharing") is None:
        yield from _unshared(said, members)
    asked = [k for k in policy.factors if said.get("providers", k, "factoring") is not None]
    if asked and not any(_count(run, kind) for kind in asked):
        yield (f"credit.providers.{asked[0]}.factoring: nobody could buy receivables"
               f"{_absent(asked)}")  # fmt: skip
    yield from _rules_without_effect(run, policy)
    yield from attacks_without_effect(run, policy)
    end = run.time.months
    for name, shock in policy.named_shocks():
        last = shock.month + shock.months - 1
        if shock.month <= end < last and shock.months < FOR_GOOD:
            yield f"shocks.{name}: it would last until month {last}; the run ends in month {end}"


def _unshared(said: Node, members: Collection[str]) -> Iterator[str]:
    """Tell of a kind whose own preset has shared scorecards, which only the common preset brings.

    said : credit, as written for a month; members : kinds of living members of the registry
    """
    providers, shared = said.get("providers"), said.get("sharing")
    if providers is None or not providers.is_map or (shared and shared.value is not None):
        return
    for kind in providers.value:
        named = providers.get(kind, "preset") if kind in members else None
        if named is not None and presets("credit").get(str(named.value), {}).get("sharing"):
            yield (f"credit.providers.{kind}.preset: members of the registry share no scorecards, "
                   "which only credit.preset brings; credit.sharing: true would")  # fmt: skip
            return


def _rules_without_effect(run: Scenario, policy: Policy) -> Iterator[str]:
    """Tell which rules on clients' money, and on crowdfunding, find nobody whom they concern."""
    rules = {rule.kind for rule in policy.instruments}
    pooling = run.parameters.platform.pooling_share
    for_clients = [rule.kind for rule in policy.instruments if rule.for_clients]
    if for_clients and not run.population.platforms:
        yield (f"supervision: nobody keeps money of clients, whom {', '.join(for_clients)} would "
               "concern; population.platforms is 0")  # fmt: skip
    elif "custody" in rules and "pooling_ban" not in rules and pooling == 1:
        yield ("supervision.custody: all platforms pool (parameters.platform.pooling_share is 1); "
               "custody keeps money of pools that is not lent, and none that is")  # fmt: skip
    if not run.population.money_funds and any(s.kind == "money_market" for s in policy.shocks):
        yield ("shocks: there are no money funds to feel money_market; population.money_funds is 0")
    if policy.lines.model_fields_set and not run.population.ecommerce_lenders:
        yield "credit.lines: nobody offers lines of credit; population.ecommerce_lenders is 0"
    if not run.population.platforms and any(s.kind == "absconding" for s in policy.shocks):
        yield "shocks: there is no platform whose owner could run; population.platforms is 0"
    if policy.crowdfunding.model_fields_set and not run.population.crowdfunding_platforms:
        yield ("credit.crowdfunding: there are no crowdfunding platforms; "
               "population.crowdfunding_platforms is 0")  # fmt: skip
    elif policy.crowdfunding.guarantee and "guarantee_ban" in rules:
        yield ("supervision.guarantee_ban: it binds lending platforms; what crowdfunding platforms "
               "make good is credit.crowdfunding.guarantee")  # fmt: skip
