"""Intervals, decisions and slopes: pure arithmetic, for analyzers and the gate alike."""
