"""Bundle the library of the extra ``vcard``, which is imported by name, if it is installed."""

from importlib.util import find_spec

hiddenimports = ["vobject"] if find_spec("vobject") else []
