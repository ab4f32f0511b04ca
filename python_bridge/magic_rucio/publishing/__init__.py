"""Putting DL3 files into Rucio: upload, register, attach, as often as needed."""

from magic_rucio.publishing.models import Outcome, Problem, PublishedFile, PublishReport
from magic_rucio.publishing.service import publish

__all__ = ["Outcome", "Problem", "PublishReport", "PublishedFile", "publish"]
