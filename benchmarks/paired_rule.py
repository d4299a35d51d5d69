"""The paired rule by simulation: how often it fails, clears and leaves open, and how many forks it takes.

usage: python benchmarks/paired_rule.py [RUNS]

Differences are normal with the spread given; one fork in 400 runs 1.3 to 1.8 times slower for its whole life, on either
side, as just-in-time compilers make them. The limit is 5 %. Prints, in turn:

1. level and power for 1, 12 and 24 comparisons in one gate;
2. the share of gates of six services with four comparisons each that fail although nothing changed, or although
   everything became slower by exactly the limit, which is allowed;
3. the same power under other plans, and under Holm's correction instead of Bonferroni's;
4. whether the change that a run says it would have found is found;
5. what stopping whenever the result suits does to the plan, and to looking after every fork;
6. for comparison: how many unchanged commits fail when one run is held against the one before it.
"""

import math
import random
import sys
from collections import Counter
from collections.abc import Sequence
from statistics import NormalDist, fmean, median

import measuring  # noqa: F401  # finds perfgate in this tree

from perfgate.statistics.intervals import hodges_lehmann, signed_rank_level
from perfgate.statistics.paired import Decision, decide
from perfgate.statistics.plan import PLAN, Plan

LIMIT = 0.05
SPREADS = (0.026, 0.030, 0.035, 0.050, 0.052)
INCREASES = (0.0, 0.05, 0.10, 0.20)
FAMILY = 24

PLANS = {
    "8/14/24, .015/.015/.02": PLAN,
    "8/14/24, .005/.015/.03": Plan((8, 14, 24), (0.005, 0.015, 0.03)),
    "8/14/24, .01/.01/.03": Plan((8, 14, 24), (0.01, 0.01, 0.03)),
    "24 only, .05": Plan((24,), (0.05,)),
    "8/14/30, .015/.015/.02": Plan((8, 14, 30), (0.015, 0.015, 0.02)),
    "8/14/30, .01/.01/.03": Plan((8, 14, 30), (0.01, 0.01, 0.03)),
    "8/14/24/36, .01/.01/.01/.02": Plan((8, 14, 24, 36), (0.01, 0.01, 0.01, 0.02)),
}


def fork(rng: random.Random, increase: float, spread: float) -> float:
    stray = rng.choice((-1, 1)) * math.log(rng.uniform(1.3, 1.8)) if rng.random() < 1 / 400 else 0.0
    return math.log1p(increase) + rng.gauss(0, spread) + stray


def forks(rng: random.Random, increase: float, spread: float, n: int) -> list[float]:
    return [fork(rng, increase, spread) for _ in range(n)]


def outcomes(
    increase: float, spread: float, comparisons: int, runs: int, plan: Plan = PLAN, limit: float = LIMIT
) -> list[Decision]:
    rng = random.Random(f"{increase} {spread}")
    return [
        decide(forks(rng, increase, spread, plan.last), limit, comparisons=comparisons, plan=plan) for _ in range(runs)
    ]


def share(decisions: Sequence[Decision], verdict: str) -> str:
    return f"{sum(decision.verdict == verdict for decision in decisions) / len(decisions):7.1%}"


def line(decisions: Sequence[Decision]) -> str:
    verdicts = "".join(share(decisions, verdict) for verdict in ("regressed", "not regressed", "inconclusive"))
    return f"{verdicts}{fmean(decision.n for decision in decisions):7.1f}"


def power(runs: int) -> None:
    print(f"1. limit {LIMIT:.0%}, plan {PLAN.looks}\n{'':36}{'fails':>7}{'clears':>7}{'open':>7}{'forks':>7}")
    for comparisons in (1, 6, 12, FAMILY):
        for spread in SPREADS:
            for increase in INCREASES:
                decisions = outcomes(increase, spread, comparisons, runs)
                print(f"m {comparisons:3}  spread {spread:.3f}  really {increase:+4.0%}      {line(decisions)}")


def family(runs: int) -> None:
    print(f"\n2. six services, {FAMILY} comparisons: gates that fail")
    for increase, what in ((0.0, "nothing changed"), (LIMIT, "all at the limit")):
        for limit in sorted({0.0, LIMIT} if increase == 0 else {LIMIT}):
            for comparisons, corrected in ((FAMILY, "corrected"), (1, "uncorrected")):
                decisions = outcomes(increase, 0.052, comparisons, runs * FAMILY, limit=limit)
                gates = [decisions[i : i + FAMILY] for i in range(0, len(decisions), FAMILY)]
                fallen = sum(any(decision.verdict == "regressed" for decision in gate) for gate in gates)
                print(f"{what:18} limit {limit:4.0%}  {corrected:12} {fallen / runs:6.1%} of {runs}")


def plans(runs: int) -> None:
    print(f"\n3. other plans, {FAMILY} comparisons: +10 % fails / unchanged is cleared / forks when unchanged")
    for name, plan in PLANS.items():
        cells = []
        for spread in (0.030, 0.052):
            slower, same = (outcomes(increase, spread, FAMILY, runs, plan) for increase in (0.10, 0.0))
            cells.append(f"{share(slower, 'regressed')}{share(same, 'not regressed')}{fmean(d.n for d in same):6.1f}")
        print(f"{name:28} spread .030 {cells[0]}   spread .052 {cells[1]}")
    for many in (1, 3, 6):
        counted = Counter[str]()
        for seed in range(max(1, runs // 10)):
            rng = random.Random(seed)
            measured = [forks(rng, 0.10, 0.052, 24) for _ in range(many)]
            counted["Bonferroni"] += sum(_fails(each, FAMILY) for each in measured)
            counted["Holm"] += _holm(measured)
        of = many * max(1, runs // 10)
        print(f"{many} of {FAMILY} really +10 %, spread .052, 24 forks, one look: ", end="")
        print(", ".join(f"{name} finds {count / of:.1%}" for name, count in counted.items()))


def _fails(differences: Sequence[float], comparisons: int) -> bool:
    return hodges_lehmann(differences, 0.025 / comparisons, 0.025).low > math.log1p(LIMIT)


def _holm(measured: Sequence[Sequence[float]]) -> int:
    """How many fall when each that falls lightens the correction of the others."""
    fallen = 0
    while (now := sum(_fails(each, FAMILY - fallen) for each in measured)) > fallen:
        fallen = now
    return fallen


def promises(runs: int) -> None:
    print("\n4. the smallest change that would have been found: said (median), and found when it is true")
    for comparisons in (1, 12, FAMILY):
        for spread in (0.026, 0.052):
            said = median(d.detectable or 0 for d in outcomes(0.0, spread, comparisons, runs))
            found = share(outcomes(said, spread, comparisons, runs), "regressed")
            print(f"m {comparisons:3}  spread {spread:.3f}  said {said:+.1%}  found {found}")


def stopping(runs: int) -> None:
    print("\n5. truth exactly at the limit, one comparison: failed at some moment of 24 forks")
    failed = Counter[str]()
    for seed in range(runs):
        differences = forks(random.Random(seed), LIMIT, 0.05, 24)
        failed["plan"] += any(decide(differences[:n], LIMIT).verdict == "regressed" for n in range(1, 25))
        failed["eager"] += any(_fails(differences[:n], 1) for n in range(6, 25))
    spent = sum(signed_rank_level(n, alpha / 2) for n, alpha in zip(PLAN.looks, PLAN.alphas, strict=True))
    print(f"the plan, asked after every fork: {failed['plan'] / runs:.1%} (it may spend 2.5 %; {spent:.1%} uncarried)")
    print(f"a 95 % interval after every fork: {failed['eager'] / runs:.1%}")


def ratios() -> None:
    """Exact, for values whose logarithm varies normally from run to run by the spread given."""
    print("\n6. one run against the run before, nothing changed: commits that fail with 1 | 6 independent metrics")
    for spread in (0.03, 0.05, 0.10, 0.15):
        cells = []
        for limit in (0.10, 0.20):
            passes = NormalDist(0, spread * math.sqrt(2)).cdf(math.log1p(limit))
            cells.append(f"limit {limit:.0%}: {1 - passes:6.1%} | {1 - passes**6:6.1%}")
        print(f"run to run {spread:.0%}   {'   '.join(cells)}")


def main() -> None:
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    power(runs)
    family(max(1, runs // 4))
    plans(runs)
    promises(runs)
    stopping(runs)
    ratios()


if __name__ == "__main__":
    main()
