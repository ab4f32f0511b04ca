"""The night that a path's folders name, to be held against the file name's."""

from __future__ import annotations

import re
from datetime import date

from magic_rucio.naming.models import MagicName

_FOLDER_NIGHT = re.compile(r"(?:^|/)([0-9]{4})(?:_([0-9]{2})_|/([0-9]{2})/)([0-9]{2})(?=/)")


def night_of_folder(path: str) -> date | None:
    """Return the night of the innermost folder named `YYYY_MM_DD` or `YYYY/MM/DD`, if there is one."""
    for match in reversed(list(_FOLDER_NIGHT.finditer(path))):
        year, month, month_folder, day = match.groups()
        try:
            return date(int(year), int(month or month_folder), int(day))
        except ValueError:
            continue
    return None


def night_warning(name: MagicName, path: str) -> str | None:
    """Say where a file lies under another night than its name's; the file name is the one to trust."""
    folder = night_of_folder(path) if "/" in path else None
    if folder is None or name.night is None or folder == name.night:
        return None
    return f"The folder says night {folder}, the file name {name.night}; the file name is taken."
