"""A small economy of rows: firms with claims between them, savers, and a bank that is no row."""

import mesa

from sim.rows import RowAgent, RowModel
from sim.table import Count, Money, Real, Table


class Firm(RowAgent):
    code = 1
    sales = Money("expected monthly sales", unit="fen")
    quality = Real("latent creditworthiness")
    months_late = Count("months since the oldest unpaid instalment")

    def step(self):
        self.months_late += 1

    def age(self, months=1):
        self.months_late += months
        return self.months_late


class Saver(RowAgent):
    code = 5
    confidence = Real("trust in platforms", fill=0.9)


class Stranger(RowAgent):
    code = 7


class Bank(mesa.Agent):
    def __init__(self, model, capital=100):
        super().__init__(model)
        self.capital = capital

    def step(self):
        self.capital += 1


class ToyEconomy(RowModel):
    def __init__(self, n=10, n_savers=4, seed=None):
        super().__init__(seed=seed)
        self.open_claims = set()
        self.order = []
        for cls, count in ((Firm, n), (Saver, n_savers)):
            table = Table(cls)
            table.append(count)
            self.add_population(cls, table)
        firms = self.populations[Firm].table
        firms._writable("cash")[:] = [100 * (row + 1) for row in range(n)]
        firms.quality[:] = [row / max(n, 1) for row in range(n)]
        self.datacollector = mesa.DataCollector(
            model_reporters={"late": count_months_late, "population": "size"},
            agent_reporters={"cash": "cash"},
            agenttype_reporters={Firm: {"late": "months_late"}, Saver: {"trust": "confidence"}},
        )

    @property
    def size(self):
        return len(self.agents)

    def step(self):
        self.agents_by_type[Firm].shuffle_do("step")
        self.datacollector.collect(self)

    def admit_from_outside(self, cls, values):
        table = self.populations[cls].table
        money = {name for name, column in table.spec.items() if column.is_money}
        row = int(table.append(1, {k: v for k, v in values.items() if k not in money})[0])
        for name in money & set(values):
            table._writable(name)[row] = values[name]
        return row

    def withdraw_row(self, table, row):
        if (table.schema, row) in self.open_claims:
            raise RuntimeError("open claims: settle them first")


def count_months_late(model):
    return int(model.agents_by_type[Firm].agg("months_late", sum))
