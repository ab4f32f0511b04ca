"""What an HDU is in the terms of GADF (gamma-astro-data-formats): its HDU_TYPE and HDU_CLASS."""

from __future__ import annotations

from magic_rucio.dl3.cards import Header
from magic_rucio.dl3.headers import HeaderUnit

TYPES_OF_HDUCLAS2 = {
    "EFF_AREA": "aeff",
    "AEFF": "aeff",
    "EDISP": "edisp",
    "RPSF": "psf",
    "PSF": "psf",
    "BKG": "bkg",
    "RAD_MAX": "rad_max",
}
"""GADF says EFF_AREA, EDISP, RPSF, BKG, RAD_MAX; CTA's Prod5 files say PSF."""

TYPES_OF_NAMES = {
    "EVENTS": "events",
    "GTI": "gti",
    "STDGTI": "gti",
    "AEFF": "aeff",
    "AEFF_2D": "aeff",
    "EFFAREA": "aeff",
    "EFF_AREA": "aeff",
    "EFFECTIVE AREA": "aeff",
    "EDISP": "edisp",
    "EDISP_2D": "edisp",
    "ENERGY DISPERSION": "edisp",
    "PSF": "psf",
    "RPSF": "psf",
    "PSF_2D_TABLE": "psf",
    "PSF_2D_GAUSS": "psf",
    "PSF_2D_KING": "psf",
    "PSF_3GAUSS": "psf",
    "PSF_TABLE": "psf",
    "PSF_KING": "psf",
    "POINT SPREAD FUNCTION": "psf",
    "BKG": "bkg",
    "BKG_2D": "bkg",
    "BKG_3D": "bkg",
    "BACKGROUND": "bkg",
    "RAD_MAX": "rad_max",
    "RAD_MAX_2D": "rad_max",
}
"""EXTNAME -> HDU_TYPE, for files without HDUCLASn."""

CLASSES = {
    "events": ("events",),
    "gti": ("gti",),
    "aeff": ("aeff_2d",),
    "edisp": ("edisp_2d",),
    "psf": ("psf_3gauss", "psf_table", "psf_king"),
    "bkg": ("bkg_2d", "bkg_3d"),
    "rad_max": ("rad_max_2d",),
}
"""HDU_TYPE -> its HDU_CLASSes, as gammapy knows them."""


def gadf_type_and_class(unit: HeaderUnit) -> tuple[str, str] | None:
    """HDU_TYPE and HDU_CLASS; nothing for an HDU that an analysis does not read.

    HDUCLAS1 to HDUCLAS4 decide, whatever the HDU's name; the name counts where they are silent; the
    columns tell the classes of one type apart where HDUCLAS4 does not.
    """
    if not unit.is_table:
        return None
    header = unit.header
    class_1 = (header.text("HDUCLAS1") or "").upper()
    if class_1 in ("EVENTS", "GTI"):
        return class_1.lower(), class_1.lower()
    class_2 = (header.text("HDUCLAS2") or "").upper()
    if class_2:
        hdu_type = TYPES_OF_HDUCLAS2.get(class_2)
    elif class_1 in ("", "RESPONSE"):
        hdu_type = TYPES_OF_NAMES.get(unit.name.upper())
    else:
        return None
    if hdu_type is None:
        return None
    hdu_class = _class_of(hdu_type, header)
    return (hdu_type, hdu_class) if hdu_class else None


def _class_of(hdu_type: str, header: Header) -> str | None:
    known = CLASSES[hdu_type]
    said = (header.text("HDUCLAS4") or "").lower()
    # CTA's 1DC files say "2D" or "3GAUSS" where GADF says "AEFF_2D" or "PSF_3GAUSS".
    for candidate in (said, f"{hdu_type}_{said}"):
        if candidate in known:
            return candidate
    if len(known) == 1:
        return known[0]
    columns = header.columns()
    marks = {
        "psf_3gauss": "SIGMA_1",
        "psf_king": "GAMMA",
        "psf_table": "RPSF",
        "bkg_3d": "DETX_LO",
        "bkg_2d": "THETA_LO",
    }
    return next((name for name, column in marks.items() if name in known and column in columns), None)
