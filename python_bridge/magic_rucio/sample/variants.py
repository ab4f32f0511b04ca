"""The kinds of DL3 file found in the wild that can be written."""

from __future__ import annotations

from enum import StrEnum

from magic_rucio.sample.schedule import Run


class Variant(StrEnum):
    """A kind of DL3 file."""

    TABLE = "rad-max-table"
    """MAGIC's own: point-like response with a RAD_MAX table."""

    KEYWORD = "rad-max-keyword"
    """MAGIC in the joint-crab release: point-like, one cut in the keyword RAD_MAX, few pointing keywords."""

    FULL = "full-enclosure"
    """Full-enclosure response with PSF and BKG, as H.E.S.S. and CTA write."""

    LST = "magic-lst"
    """magic-cta-pipe's MAGIC+LST: Unix epoch, no HDUCLASS in EVENTS, extra HDUs, gzipped."""


def file_name(run: Run, variant: Variant, gzip: bool) -> str:
    """Name of a run's file in the form its kind has in the wild."""
    if variant is Variant.KEYWORD:
        name = f"run_{run.obs_id:08d}_DL3.fits"
    elif variant is Variant.LST:
        name = f"dl3_LST-1_MAGIC.Run{run.obs_id:08d}.fits"
    else:
        name = run.file_name
    return f"{name}.gz" if gzip or variant is Variant.LST else name
