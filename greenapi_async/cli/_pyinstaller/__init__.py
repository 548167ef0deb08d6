"""Hooks for PyInstaller, which finds this package by its entry point ``pyinstaller40``.

They name what PyInstaller cannot see in the code: the files of the sandbox's page, and modules imported by name.
"""

from pathlib import Path

__all__ = ["hook_dirs"]


def hook_dirs() -> list[str]:
    """Return the directories with hooks."""
    return [str(Path(__file__).parent)]
