"""The repository on disk: its services, its packages, its lockfile, and the files each of them has."""
