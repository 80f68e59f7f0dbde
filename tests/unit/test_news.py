"""What news of a fraud does to others, on hand-made records of two replications with twins."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import news
from analysis.figures import NotApplicable
from analysis.results import AS_SET

MONTHS, FRAUD = 8, 4
NEVER = np.nan


def results(ends, loans, rates, arms=("calm", "fraud")):
    """Build results of two arms, as set and without news, in two replications.

    ends : (arm, channels) -> ends and modes of the three platforms
    loans : (arm, channels, replication) -> loans of the three in every month
    rates : the same -> mean rate of platforms after the fraud
    """
    runs, platforms, institutions, macro = [], [], [], []
    for arm in arms:
        for channels in (AS_SET, news.COVERED):
            for replication in (0, 1):
                run = f"{arm}/{channels}/{replication}"
                runs.append({"run_id": run, "arm": arm, "point": "", "channels": channels,
                             "replication": replication, "status": "done"})  # fmt: skip
                for row, (ended, mode) in enumerate(ends[arm, channels]):
                    platforms.append({"run_id": run, "row": row, "born": -24, "ended": ended,
                                      "exit_mode": mode})  # fmt: skip
                    for month in range(1, MONTHS + 1):
                        lent = loans[arm, channels, replication][row]
                        institutions.append({"run_id": run, "kind": "platform", "row": row,
                                             "month": month, "loans": lent})  # fmt: skip
                for month in range(1, MONTHS + 1):
                    rate = rates[arm, channels, replication] if month > FRAUD else 0.5
                    macro.append({"run_id": run, "month": month, "mean_rate_platform": rate})
    frames = {"platforms": pd.DataFrame(platforms)}
    return SimpleNamespace(
        runs=pd.DataFrame(runs), institutions=pd.DataFrame(institutions),
        macro=pd.DataFrame(macro), table=frames.__getitem__, reference_arm="calm", months=MONTHS,
    )  # fmt: skip


LIVES, RAN, FAILED = (NEVER, 0), (float(FRAUD), news.ABSCONDED), (float(FRAUD + 1), 1)
ENDS = {
    ("calm", AS_SET): [LIVES, LIVES, LIVES],
    ("calm", news.COVERED): [LIVES, LIVES, LIVES],
    ("fraud", AS_SET): [RAN, LIVES, FAILED],
    ("fraud", news.COVERED): [RAN, LIVES, LIVES],
}
EACH = [(arm, channels, k) for arm, channels in ENDS for k in (0, 1)]
LOANS = {key: [900.0, 60.0, 40.0] for key in EACH} | {
    ("fraud", AS_SET, 0): [0.0, 80.0, 0.0],
    ("fraud", AS_SET, 1): [0.0, 90.0, 0.0],
    ("fraud", news.COVERED, 0): [0.0, 70.0, 50.0],
    ("fraud", news.COVERED, 1): [0.0, 70.0, 60.0],
}
RATES = dict.fromkeys(EACH, 0.12) | {("fraud", AS_SET, 0): 0.13, ("fraud", AS_SET, 1): 0.15}


def test_others_are_compared_without_the_platform_whose_owner_ran():
    found = news.by_run(results(ENDS, LOANS, RATES), horizon=3).set_index(
        ["channels", "replication"]
    )
    assert (found["victims"] == 1).all()
    assert (found["since"] == FRAUD).all()
    assert found["loans"].to_dict() == pytest.approx(
        {(AS_SET, 0): -0.2, (AS_SET, 1): -0.1, (news.COVERED, 0): 0.2, (news.COVERED, 1): 0.3}
    )
    assert found["failures"].to_dict() == {
        (AS_SET, 0): 1, (AS_SET, 1): 1, (news.COVERED, 0): 0, (news.COVERED, 1): 0
    }  # fmt: skip
    assert found.loc[(AS_SET, 1), "rate"] == pytest.approx(0.03)


def test_news_is_what_the_twin_without_confidence_lacks():
    found = news.effects(results(ENDS, LOANS, RATES), horizon=3).set_index(["measure", "part"])
    assert found.loc[("loans", "all"), "difference"] == pytest.approx(-0.15)
    assert found.loc[("loans", "without news"), "difference"] == pytest.approx(0.25)
    assert found.loc[("loans", "news"), "difference"] == pytest.approx(-0.4)
    assert found.loc[("rate", "news"), "difference"] == pytest.approx(0.02)
    assert found.loc[("failures", "news"), "difference"] == 1.0


def test_platforms_that_had_ended_before_or_come_later_are_no_others():
    ends = {key: [*three[:2], (2.0, 1)] for key, three in ENDS.items()}
    found = news.by_run(results(ends, LOANS, RATES), horizon=3)
    assert (found["failures"] == 0).all()
    as_set = found[found["channels"] == AS_SET]["loans"].tolist()
    assert as_set == pytest.approx([80 / 60 - 1, 90 / 60 - 1])


def test_where_nobody_ran_there_is_nothing_to_tell():
    ends = {key: [LIVES, LIVES, LIVES] for key in ENDS}
    with pytest.raises(NotApplicable, match="no arm"):
        news.by_run(results(ends, LOANS, RATES))
    ran_anyhow = {key: [RAN, LIVES, LIVES] for key in ENDS}
    with pytest.raises(NotApplicable, match="no arm"):
        news.by_run(results(ran_anyhow, LOANS, RATES))
