"""The one JSON document: what was measured at one commit."""
