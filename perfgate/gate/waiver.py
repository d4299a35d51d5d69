"""Waivers: agreed ceilings above a limit, until they expire. Never a skip: over the ceiling still fails."""

import datetime as dt
from collections.abc import Iterable

from perfgate.config.limits import WaiverEntry
from perfgate.gate.verdict import Waiver

WARN_DAYS = 7


def dated(entries: Iterable[WaiverEntry], today: dt.date) -> tuple[Waiver, ...]:
    """The waivers with the days they have left; the last day counts, below zero is expired."""
    return tuple(
        Waiver(
            service=entry.service,
            metric=entry.metric,
            allow=entry.allow.value,
            reason=entry.reason,
            approved_by=entry.approved_by,
            expires=entry.expires.isoformat(),
            days_left=(entry.expires - today).days,
            source=str(entry.source),
        )
        for entry in entries
    )


def in_force(waiver: Waiver) -> bool:
    return waiver.days_left >= 0


def expires_soon(waiver: Waiver) -> bool:
    return 0 <= waiver.days_left <= WARN_DAYS
