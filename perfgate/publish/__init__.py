"""Outward: what GitHub and the runner are told. Strings and plain values in; no report is known here."""
