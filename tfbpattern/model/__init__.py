"""Frozen values that the stages hand on, valid from birth: no algorithm, no file."""
