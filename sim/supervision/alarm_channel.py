"""Alarm channel: investors report losses and refusals, and police follow and freeze assets."""

from __future__ import annotations

from typing import Any, ClassVar

from sim.params import parameter
from sim.supervision.base import Instrument, Kind, kinds_field
from sim.units import Floats


class AlarmChannel(Instrument):
    """Let investors alarm the police, who look into platforms and freeze what owners take."""

    kind: ClassVar[str] = "alarm_channel"
    for_clients: ClassVar[bool] = True

    rate: float = parameter(
        0.01, "1/month", "chance that police look at a platform unasked", low=0.0, high=1.0
    )
    weight: float = parameter(
        2.0,
        "per share of clients' money",
        "how strongly money lost or refused in a month adds to that chance",
        low=0.0,
        high=1000.0,
    )
    error: float = parameter(
        0.02, "probability", "chance that an innocent platform is suspected", low=0.0, high=1.0
    )
    frozen: float = parameter(
        0.3, "share", "of what an owner who runs would take, stopped in time", low=0.0, high=1.0
    )
    cost: float = parameter(
        5_000.0, "yuan", "cost of a case, out of the regulator's budget", low=0.0, high=1e8
    )
    kinds: tuple[Kind, ...] = kinds_field("platform")

    def alarm(self, view: Any) -> Floats:
        """Answer about whom investors can report; only platforms have any."""
        return self.where(view, self.kinds, 1.0, 0.0)

    def police_rate(self, view: Any) -> Floats:
        """Answer the chance of a look unasked."""
        return self.where(view, self.kinds, self.rate, 0.0)

    def complaint_weight(self, view: Any) -> Floats:
        """Answer the weight of complaints."""
        return self.where(view, self.kinds, self.weight, 0.0)

    def alarm_error(self, view: Any) -> Floats:
        """Answer the chance to suspect an innocent."""
        return self.where(view, self.kinds, self.error, 0.0)

    def frozen_share(self, view: Any) -> Floats:
        """Answer the share stopped."""
        return self.where(view, self.kinds, self.frozen, 0.0)

    def alarm_cost(self, view: Any) -> Floats:
        """Answer the cost of a case."""
        return self.where(view, self.kinds, self.cost, 0.0)
