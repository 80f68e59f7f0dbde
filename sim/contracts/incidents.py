"""Incidents: attacks that succeeded, one row for each institution they got into."""

from __future__ import annotations

from sim.table import Count, Flag, Ref

KINDS = ("theft", "ransom", "breach")  # by code


class Incident:
    """One attack that got into one institution."""

    serial = Ref("permanent number")
    is_open = Flag("kept on record", fill=True)
    month = Count("month in which it happened", unit="month")
    kind = Count("kind of attack, by its place in KINDS")
    population = Count("population code of the victim")
    row = Ref("row of the victim in its population")
    vendor = Ref("row of the vendor through which it came; -1: none", fill=-1)
    cause = Ref("serial of the first incident of the same attack")
    hours = Count("hours that systems were down", unit="hours")
    stolen = Ref("cash taken, or paid as ransom", unit="fen")
    records = Ref("records of clients stolen")
