"""What perfgate makes of a report: budgets, regressions, waivers and the verdict. Values in, values out."""
