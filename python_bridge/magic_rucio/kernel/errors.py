"""The one error an analyst meets: a sentence on what is wrong, one on what to do, no traceback."""

from __future__ import annotations


class AttachmentError(Exception):
    """Something about the attached runs that the analyst can mend.

    Parameters
    ----------
    message : str
        What is wrong, with the names concerned.
    code : str
        Stable, kebab-case, for programs.
    advice : str
        What to do next.
    """

    def __init__(self, message: str, *, code: str, advice: str = "") -> None:
        super().__init__(f"{message}\n{advice}" if advice else message)
        self.message = message
        self.code = code
        self.advice = advice

    def _render_traceback_(self) -> list[str]:
        """Show the sentences alone where IPython would print forty lines of frames."""
        return [f"AttachmentError: {self.message}", *([self.advice] if self.advice else [])]


def listing(names: list[str], limit: int = 5) -> str:
    """Join the first names, and say how many more there are."""
    more = len(names) - limit
    return ", ".join(names[:limit]) + (f" and {more} more" if more > 0 else "")
