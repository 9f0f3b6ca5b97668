"""The version, said once; it stands in every manifest and program."""

__version__ = "0.1.0"
