"""`python -m perfgate`."""

from perfgate.cli import main

if __name__ == "__main__":
    main(prog_name="perfgate")
