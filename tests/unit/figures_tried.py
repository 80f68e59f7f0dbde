"""The figures that `test_figures` tries, and on which runs."""

# What must stand on some axis of each figure.
UNITS = {
    "attributed_reproduction": ("month of the fall", "per fall (R)"),
    "attribution": ("per 100 firm-years: added by the channel",),
    "attribution_quality": ("% of defaults",),
    "auc_by_source": ("AUC", "% (root scale)"),
    "beliefs_and_flows": ("month", "% a year", "yuan a month"),
    "cascade_tree": (),
    "cascade_sizes": ("parties", "per 1000 firm-years"),
    "channels": ("defaults per 100 firm-years",),
    "defaults_and_closures": ("month", "firms per month"),
    "defaults_by_grade": ("grade", "% a year"),
    "elasticities": ("% more credit",),
    "factorial": (),
    "financing_gap": ("%", "purpose"),
    "effects": ("per 100 firm-years", "percentage points", "yuan"),
    "flows_of_month": (),
    "headline": ("month", "% a year", "%", "number"),
    "incident_timeline": ("month", "yuan", "points"),
    "instrument_effects": ("per 100 firm-years", "percentage points", "yuan"),
    "losses": ("in the worst month", "runs with a month at least as bad, %"),
    "metric": ("month", "% a year"),
    "network": (),
    "platform_exits": ("month", "% of platforms a year", "months since it opened"),
    "platform_run_months": ("month", "%", "yuan"),
    "replay": ("year", "platforms at the end of the year", "billion yuan a year"),
    "savings": ("month", "% of savers' wealth"),
    "size_distribution": ("yuan a month", "rank"),
    "supervision_ladder": ("per 100 platform-years", "sound new requests met, %"),
    "vintages": ("months since the grant", "% of loans"),
    "who_is_served": ("% of the class", "kind of lender"),
}
NEEDS = {"factorial": "factors", "incident_timeline": "struck", "platform_run_months": "episode",
         "replay": "episode"}  # fmt: skip
NEED_ARMS = ("attribution", "attribution_quality", "channels", "effects", "factorial",
             "instrument_effects", "supervision_ladder")  # fmt: skip
YEARLY = ("auc_by_source", "elasticities", "vintages", "who_is_served")  # need more than a year
