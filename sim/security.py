"""Security: how spending keeps attacks out, and how much of it pays for an owner.

Responsible for the breach function and for what owners and the regulator's standard have spent.
Attacks themselves, and what they do, stand elsewhere.
"""

from __future__ import annotations

import numpy as np

from sim.parameters.security import SecurityParameters
from sim.units import FEN_PER_YUAN, Floats


def success_probability(spending: Floats, p: SecurityParameters) -> Floats:
    """Chance that an attack succeeds.

    spending : (n,) fen a month
    S = v / (a z + 1)^b, z in yuan a month. Source: Gordon, Loeb 2002, class I
    """
    effect = p.productivity * np.asarray(spending) / FEN_PER_YUAN
    return np.asarray(p.vulnerability / (effect + 1.0) ** p.elasticity)


def best_spending(attack_rate: Floats, loss: Floats, p: SecurityParameters) -> Floats:
    """Spending at which the last fen keeps a fen of expected loss away, (n,) fen a month.

    attack_rate : (n,) attacks a month that are expected; loss : (n,) fen, in one that succeeds
    z* = max(0, ((lambda v a b L)^(1 / (b + 1)) - 1) / a) minimises lambda S(z) L + z; it is never
    more than lambda v L / e. Source: Gordon, Loeb 2002, class I and proposition 3
    """
    a, b = p.productivity, p.elasticity
    if a == 0.0:
        return np.zeros(np.broadcast_shapes(np.shape(attack_rate), np.shape(loss)))
    first_yuan = attack_rate * p.vulnerability * a * b * np.maximum(loss, 0.0) / FEN_PER_YUAN
    return np.maximum((first_yuan ** (1.0 / (b + 1.0)) - 1.0) / a, 0.0) * FEN_PER_YUAN
