"""G-code as a controller runs it: words, laps of motion, and the interpreter."""

from tfbpattern.proof.gcode.faults import Fault
from tfbpattern.proof.gcode.interpreter import Program, interpret
from tfbpattern.proof.gcode.laps import Lap

__all__ = ["Fault", "Lap", "Program", "interpret"]
