"""What a Rucio takes as a name: the generic schema, and PIC's policy package."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from magic_rucio.naming.errors import RefusedNameError, shown


# Compared by identity: it is part of the key of caches that millions of names go through.
@dataclass(frozen=True, slots=True, eq=False)
class NameSchema:
    """The rules of one Rucio policy for names and scopes."""

    id: str
    extra: str
    """Characters taken besides letters, digits and `/ . - _`."""
    name_length: int
    scope_length: int

    def check_name(self, name: str) -> str:
        """Return a name that this Rucio takes.

        Raises
        ------
        RefusedNameError
            Where it holds another character or is too long.
        """
        if len(name) > self.name_length:
            raise RefusedNameError(
                f"The Rucio name {shown(name)} has {len(name)} characters;"
                f" the schema {self.id} takes {self.name_length}."
            )
        if not _pattern(self.extra).fullmatch(name):
            raise RefusedNameError(f"The schema {self.id} does not take the Rucio name {shown(name)}.")
        return name

    def check_scope(self, scope: str) -> str:
        """Return a scope that this Rucio takes.

        Raises
        ------
        RefusedNameError
            Where it holds another character, is empty or is too long.
        """
        if not re.fullmatch(r"[A-Za-z0-9_.\-]+", scope):
            raise RefusedNameError(f"{shown(scope)} is not a scope: letters, digits and _ . - only.")
        if len(scope) > self.scope_length:
            raise RefusedNameError(
                f"The scope {shown(scope)} has {len(scope)} characters;"
                f" the schema {self.id} takes {self.scope_length}."
            )
        return scope


@cache
def _pattern(extra: str) -> re.Pattern[str]:
    return re.compile(rf"[/A-Za-z0-9][/A-Za-z0-9.\-_{re.escape(extra)}]*")


PIC = NameSchema("pic", extra="+", name_length=500, scope_length=100)
"""pic-rucio-policy-package 0.1.1: takes the `+` of MAGIC's names as it is."""

GENERIC = NameSchema("generic", extra="", name_length=250, scope_length=25)
"""Rucio's own schema: no `+`."""

SCHEMAS = {schema.id: schema for schema in (PIC, GENERIC)}
