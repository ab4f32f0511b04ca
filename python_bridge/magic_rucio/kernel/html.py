"""How an attachment looks in a notebook. All text is from files and catalogues: all of it is escaped."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from html import escape
from typing import Any

from .columns import Runs
from .errors import AttachmentError
from .times import start_mjd

SHOWN = 12
FRAME = (
    "font-family:var(--jp-ui-font-family,sans-serif);font-size:var(--jp-ui-font-size1,13px);"
    "color:var(--jp-ui-font-color1,inherit);border:1px solid var(--jp-border-color2,currentColor);"
    "border-radius:4px;padding:8px 12px;max-width:60em;overflow-x:auto"
)
CELL = "text-align:left;padding:1px 12px 1px 0;white-space:nowrap;font-variant-numeric:tabular-nums"
TABLE = '<table style="color:inherit;font:inherit">'
"""Old front ends show output in quirks mode, where tables inherit neither."""
QUIET = "opacity:.75"


def title(runs: Runs, present: Sequence[int]) -> str:
    """Sum up runs in a few words of plain text."""
    targets = Counter(t for i in present if (t := runs.value("target", i)))
    words = [f"{len(present)} run{'' if len(present) == 1 else 's'}"]
    if targets:
        first = targets.most_common(1)[0][0]
        words[0] += f" of {first}" if len(targets) == 1 else f" of {len(targets)} targets"
    livetime = math.fsum(v for i in present if (v := runs.value("livetime", i)) is not None)
    if livetime:
        words.append(f"{livetime / 3600:.1f} h livetime" if livetime >= 360 else f"{livetime:.0f} s livetime")
    return ", ".join(words)


def card(name: str, runs: Runs, present: Sequence[int], missing: Sequence[Any]) -> str:
    """Draw the attachment: sums, the first runs, what is missing, what to write next."""
    head = f"<b>{escape(name)}</b> · " if name else ""
    parts = [f'<div style="{FRAME}"><div>{head}{escape(title(runs, present))}</div>']
    if present:
        parts.append(_table(runs, present))
    if missing:
        rows = "".join(
            f'<tr><td style="{CELL}">{escape(m.did)}</td><td style="{CELL}">{escape(m.reason)}</td></tr>'
            for m in missing[: 5 * SHOWN]
        )
        more = f"<div>… and {len(missing) - 5 * SHOWN} more</div>" if len(missing) > 5 * SHOWN else ""
        parts.append(
            f"<details open><summary>{len(missing)} missing</summary>{TABLE}{rows}</table>{more}</details>"
        )
    variable = escape(name or "attachment")
    parts.append(
        f'<div style="{QUIET}"><code>{variable}.data_store</code> · <code>{variable}.observations()</code> · '
        f"<code>{variable}.table</code> · <code>for path in {variable}</code></div></div>"
    )
    return "".join(parts)


def _table(runs: Runs, present: Sequence[int]) -> str:
    labels = ("Run", "Target", "Start", "Livetime", "Zenith", "File")
    header = "".join(f'<th scope="col" style="{CELL};{QUIET}">{label}</th>' for label in labels)
    body = "".join(
        "<tr>" + "".join(f'<td style="{CELL}">{escape(text)}</td>' for text in _cells(runs, i)) + "</tr>"
        for i in present[:SHOWN]
    )
    more = len(present) - SHOWN
    rest = f'<div style="{QUIET}">… and {more} more</div>' if more > 0 else ""
    return f"{TABLE}<thead><tr>{header}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cells(runs: Runs, index: int) -> tuple[str, ...]:
    number, livetime = runs.value("obs_id", index), runs.value("livetime", index)
    zenith = runs.value("zen_pnt", index)
    return (
        "" if number is None else str(number),
        runs.value("target", index) or "",
        _start(runs, index),
        "" if livetime is None else f"{livetime / 60:.1f} min",
        "" if zenith is None else f"{zenith:.0f}°",
        runs.dids[index],
    )


def _start(runs: Runs, index: int) -> str:
    try:
        mjd = start_mjd(runs, index)
        if mjd is None:
            return ""
        moment = datetime(1858, 11, 17) + timedelta(days=mjd)
    except (AttachmentError, OverflowError, ValueError):
        # An odd clock or date must not keep the analyst from seeing the rest.
        return ""
    return f"{moment:%Y-%m-%d %H:%M}"
