"""What becomes known of incidents: when the victim finds out, and when everybody else does.

Responsible for the two delays and for what the regulator does with reports. Others are savers,
other institutions and the regulator: they learn in the same month.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.chart import CODES
from sim.kernels import true_at
from sim.parameters.security import SecurityParameters
from sim.purse import spend
from sim.units import FEN_PER_YUAN, Floats, Ids, Mask
from sim.world import KINDS, World

if TYPE_CHECKING:
    from sim.scenario import Scenario

NEVER = 1_000_000  # months


def months_until_found(is_hidden: Mask, uniforms: Floats, p: SecurityParameters) -> Ids:
    """Months after which the victim of an incident knows of it; (m,).

    is_hidden : (m,) nothing stops working: records were copied; the rest is seen at once
    Exponential with mean `detection_months`, whole months. Source: see there
    """
    waits = np.floor(-p.detection_months * np.log(uniforms)).astype(np.int64)
    return np.where(is_hidden, waits, 0)


def months_until_known(
    deadline: Floats, is_alarmed: Mask, uniforms: Floats, p: SecurityParameters
) -> Ids:
    """Months from then until everybody knows; (m,), `NEVER` for what stays secret.

    deadline : (m,) months within which it has to be reported, infinite where it need not be
    is_alarmed : (m,) clients feel it and can alarm the police, who make it known a month later
    Without either a share comes out as a rumour, late. Source: assumed
    """
    rumour = np.where(uniforms < p.voluntary_share, float(p.rumour_months), float(NEVER))
    known = np.minimum(rumour, deadline)
    return np.where(is_alarmed, np.minimum(known, 1.0), known).astype(np.int64)


def note_incidents(world: World, scenario: Scenario, kind: str, new: Ids, option: Ids) -> None:
    """Write down when new incidents are found and become known.

    kind : population of the victims; new : (m,) rows of the book; option : (m,) of draws, by attack
    What must be reported, and whether clients can alarm the police, is as last ordered.
    """
    book, p, month = world.incidents, scenario.parameters.security, world.month
    rows, is_hidden = book.row[new], book.is_hidden[new]
    u = world.draws.uniform("incident_found", month, rows, option)
    found = month + months_until_found(is_hidden, u, p)
    deadline, is_alarmed = np.full(len(new), np.inf), np.zeros(len(new), dtype=np.bool_)
    if kind in KINDS and world.limits.columns:
        number = world.first_number(kind) + rows
        deadline = world.limit("reporting_months")[number]
        is_alarmed = world.limit("alarm")[number] & ~is_hidden
    u = world.draws.uniform("incident_known", month, rows, option)
    known = found + months_until_known(deadline, is_alarmed, u, p)
    book.found[new], book.known[new] = found, np.minimum(known, NEVER)


def receive_reports(world: World) -> None:
    """Mark the institutions whose incidents become known this month."""
    book = world.incidents
    rows = true_at(book.known == world.month) if book.n else np.zeros(0, dtype=np.int64)
    for kind in KINDS if len(rows) else ():
        mine = rows[book.population[rows] == CODES[kind]]
        world.tables[kind].last_report[book.row[mine]] = world.month


def months_since_report(world: World) -> Floats | None:
    """Months since an incident at each provider last became known; None: never at any."""
    if not world.incidents.n:
        return None
    return np.asarray(world.month - world.of_providers("last_report"), dtype=np.float64)


def look_into_reports(world: World) -> None:
    """Let the regulator pay for looking into the incidents that became known this month."""
    if not world.incidents.n or not world.limits["report_cost"].any():
        return
    is_new = world.of_providers("last_report") == world.month
    cost = float((world.limits["report_cost"] * is_new * world.of_providers("alive")).sum())
    world.desk.count("reports", float(is_new.sum()))
    spend(world, "incident_reporting", round(FEN_PER_YUAN * cost))
    may = world.limits["may_lend"]
    world.note_bound("may_lend", np.full(len(may), -1), np.arange(len(may)), is_new & ~may)


def news_of_incidents(world: World, scenario: Scenario) -> Floats | None:
    """Failures that incidents known since last month count as, (n_platforms,); None for none.

    Stolen records are not among them: their own terms say what they cost in trust. Clients hear
    nothing of it where `cyber` is covered.
    """
    book, weight = world.incidents, scenario.parameters.investor.incident_weight
    if not book.n or weight == 0.0 or world.is_off("cyber"):
        return None
    rows = true_at((book.known == world.month - 1) & (book.population == CODES["platform"]))
    rows = rows[~book.is_hidden[rows]]
    if not len(rows):
        return None
    return np.asarray(weight * np.bincount(book.row[rows], minlength=world.platforms.n))
