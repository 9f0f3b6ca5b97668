"""``python -m tfbpattern``."""

from tfbpattern.cli import main

main(prog_name="tfbpattern")
