"""How often the paired gate is wrong, on forks that are measured now: unchanged services, and ones slower by 10 and 20 %.

    python benchmarks/gate_quality.py                       # both phases, some 30 minutes on a machine with nothing else to do
    python benchmarks/gate_quality.py --phase evaluate      # judge the forks that are in the file

The first phase records forks of the six example services; "slower" is work put in front of their handlers and set so
that the route really takes so much more CPU time, or wall time, than before. The second draws whole gates, of six
services with all their routes and both metrics, out of the recorded forks. Ends with 1 when a target is missed.
"""

import argparse
import json
import math
import random
import statistics
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gate_campaign import METRICS, SHARES, UNCHANGED, Size, campaign, condition, in_the_gate
from gate_rules import RULES, Recorded, drawn
from measuring import WORK
from tabulate import tabulate

FILE = WORK / "gate_quality.json"
OURS = "perfgate, paired plan"
# Rules that look at thousands of requests take their time.
_SLOW = frozenset(name for name in RULES if "pooled" in name or "KS" in name)
_SLOW_GATES = 40


@dataclass(frozen=True)
class Service:
    """The recorded forks of a service by condition."""

    routes: Sequence[str]
    forks: Mapping[str, Sequence[Recorded]]


@dataclass(frozen=True)
class Score:
    """What a rule did. Shares from 0 to 1: of gates that fail, of unchanged comparisons cleared, of changes found."""

    failed: float
    gates: int
    cleared: float
    found: Mapping[str, float]
    forks: float


# What must be reached, by what is looked at: (least, most).
TARGETS = {
    "unchanged pull requests failed": (0.0, 0.01),
    "unchanged comparisons cleared": (0.95, 1.0),
    condition("cpu", 0.10): (0.95, 1.0),
    condition("cpu", 0.20): (0.99, 1.0),
    condition("wall", 0.10): (0.85, 1.0),
    condition("wall", 0.20): (0.99, 1.0),
}


def read(file: Path) -> dict[str, Service]:
    return {
        name: Service(
            one["routes"],
            {condition: [Recorded(fork) for fork in forks] for condition, forks in one["forks"].items()},
        )
        for name, one in json.loads(file.read_text())["services"].items()
    }


def effects(services: Mapping[str, Service]) -> str:
    """What the changes really were: the median over forks, with the spread of a single fork."""
    conditions = [UNCHANGED, *(condition(metric, share) for metric in METRICS for share in SHARES)]
    rows = []
    for name, service in services.items():
        for route, path in enumerate(service.routes):
            row = [name, path]
            for metric in METRICS:
                times = [base for one in service.forks[UNCHANGED] for base, _ in one.routes[route][metric]]
                row.append(f"{statistics.median(times) / 10:.0f} µs")
            for one in conditions:
                metrics = METRICS if one == UNCHANGED else [one.split()[0]]
                ratios = [[fork.log_ratios[route, metric] for fork in service.forks[one]] for metric in metrics]
                row.append(" | ".join(f"{math.expm1(statistics.median(of)):+.1%} ± {_spread(of):.1%}" for of in ratios))
            rows.append(row)
    return tabulate(rows, ["service", "route", *METRICS, f"unchanged {' | '.join(METRICS)}", *conditions[1:]])


def _spread(values: Sequence[float]) -> float:
    return statistics.stdev(values) if len(values) > 1 else 0.0


def score(name: str, services: Mapping[str, Service], gates: int, rng: random.Random) -> Score:
    rule = RULES[name]
    number = min(gates, _SLOW_GATES) if name in _SLOW else gates
    comparisons = in_the_gate()
    failed = cleared = asked = 0
    forks: list[int] = []
    for gate in range(number):
        fails = False
        for service in services.values():
            # Every other gate as it was measured: a bias to one side would show in these.
            taken = drawn(service.forks[UNCHANGED], rng, swap=gate % 2 == 1)
            answers = [rule(taken, *one, comparisons) for one in _comparisons(service)]
            fails = fails or any(answer.fails for answer in answers)
            cleared += sum(answer.clears for answer in answers)
            asked += len(answers)
            forks.append(max(answer.forks for answer in answers))
        failed += fails
    found = {
        condition(metric, share): _power(name, services, metric, share, max(1, number // 4), comparisons, rng)
        for metric in METRICS
        for share in SHARES
    }
    return Score(failed / number, number, cleared / asked, found, statistics.fmean(forks))


def _comparisons(service: Service) -> Iterator[tuple[int, str]]:
    return ((route, metric) for route in range(len(service.routes)) for metric in METRICS)


def _power(
    name: str,
    services: Mapping[str, Service],
    metric: str,
    share: float,
    draws: int,
    comparisons: int,
    rng: random.Random,
) -> float:
    """The share of changed routes that fail."""
    rule = RULES[name]
    answers = [
        rule(taken, route, metric, comparisons).fails
        for service in services.values()
        for _ in range(draws)
        for taken in [drawn(service.forks[condition(metric, share)], rng, swap=False)]
        for route in range(len(service.routes))
    ]
    return sum(answers) / len(answers)


def table(scores: Mapping[str, Score]) -> str:
    conditions = [condition(metric, share) for metric in METRICS for share in SHARES]
    rows = [
        [
            name,
            f"{one.failed:.1%} of {one.gates}",
            f"{one.cleared:.1%}",
            *(f"{one.found[condition]:.1%}" for condition in conditions),
            f"{one.forks:.1f}",
        ]
        for name, one in scores.items()
    ]
    head = ["rule", "unchanged PRs failed", "unchanged cleared", *(f"found {one}" for one in conditions), "forks"]
    return tabulate(rows, head, disable_numparse=True)


def missed(ours: Score) -> list[str]:
    """What was not reached, in words."""
    reached = {
        "unchanged pull requests failed": ours.failed,
        "unchanged comparisons cleared": ours.cleared,
        **ours.found,
    }
    return [
        f"{what}: {reached[what]:.1%}, and {f'at least {least:.0%}' if least else f'at most {most:.0%}'} is the target"
        for what, (least, most) in TARGETS.items()
        if not least <= reached[what] <= most
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phase", choices=["both", "campaign", "evaluate"], default="both")
    parser.add_argument("--service", action="append", default=[], help="only this one")
    parser.add_argument("--unchanged", type=int, default=60, help="forks of each unchanged service")
    parser.add_argument("--changed", type=int, default=48, help="forks of each change of each service")
    parser.add_argument("--gates", type=int, default=1000, help="gates to draw")
    parser.add_argument("--file", type=Path, default=FILE)
    parser.add_argument("--seed", type=int, default=20261124, help="of the drawing, not of the measurement")
    arguments = parser.parse_args()
    if arguments.phase != "evaluate":
        campaign(arguments.service, Size(arguments.unchanged, arguments.changed), arguments.file)
    if arguments.phase == "campaign":
        return
    services = read(arguments.file)
    print(effects(services), end="\n\n")
    scores = {name: score(name, services, arguments.gates, random.Random(arguments.seed)) for name in RULES}
    print(table(scores))
    failures = missed(scores[OURS])
    for failure in failures:
        print(f"missed: {failure}")
    sys.exit(1 if failures else 0)


if __name__ == "__main__":
    main()
