"""The many reports: which commits were measured, and what a change is compared with."""
