"""Paired: base and head of a service alive together and asked in turns, for response times and CPU time per request.

It has no METRICS of its own: what it compares are `response.mean` and `response.cpu` of the response analyzer.

A *fork* is a fresh process of each side. What a process is lucky with (memory layout, compilation, neighbours) stays
with it for its whole life, so forks are what is counted; within a fork both sides meet the same machine in the same
milliseconds, so its disturbances fall out of their ratio.
"""

from typing import Final

WALL: Final = "response.mean"
CPU: Final = "response.cpu"
