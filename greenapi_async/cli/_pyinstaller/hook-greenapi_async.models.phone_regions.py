"""Bundle the library of the extra ``phones``, which is imported by name, if it is installed."""

from importlib.util import find_spec

hiddenimports = ["phonenumbers"] if find_spec("phonenumbers") else []
