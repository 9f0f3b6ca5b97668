"""Text to model and back: one module a format, each with its version."""
