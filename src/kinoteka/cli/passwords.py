"""Passwords at the command line: asked for, never an argument, which every other user of the machine could read."""

import sys

import typer

from kinoteka.accounts.passwords import About, find_weakness, normalize_password
from kinoteka.errors import UsageError


def ask_password(about: About, shortest: int) -> str:
    """Twice at a terminal, else the first line of standard input. Raises UsageError for one that is not taken."""
    if sys.stdin.isatty():
        typed = typer.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        typed = sys.stdin.readline().rstrip("\r\n")
    password = normalize_password(typed.encode("utf-8", "replace").decode())
    if weakness := find_weakness(password, shortest, about):
        raise UsageError(f"The password {weakness[1][0].lower()}{weakness[1][1:]}.")
    return password
