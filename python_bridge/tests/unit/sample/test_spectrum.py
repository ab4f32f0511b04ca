"""gammapy gets back from the synthetic runs the spectrum that went in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from magic_rucio.dl3 import read_observation
from magic_rucio.sample.targets import TARGETS
from magic_rucio.sample.variants import Variant
from magic_rucio.sample.writing import write_dl3

pytest.importorskip("gammapy")
fits = pytest.importorskip("astropy.io.fits")

CRAB = TARGETS["CrabNebula"]


def observations(paths: list[Path], required_irf: list[str] | str) -> Any:
    """gammapy's observations, through index tables made from the headers alone."""
    from gammapy.data import DataStore, HDUIndexTable, ObservationTable

    runs = [(path, read_observation(path)) for path in paths]
    hdus = [
        (run.obs_id, hdu.hdu_type, hdu.hdu_class, str(path.parent), path.name, hdu.hdu_name)
        for path, run in runs
        for hdu in run.hdus
    ]
    names = ["OBS_ID", "HDU_TYPE", "HDU_CLASS", "FILE_DIR", "FILE_NAME", "HDU_NAME"]
    table = ObservationTable(rows=[(run.obs_id, run.tstart) for _, run in runs], names=["OBS_ID", "TSTART"])
    first = runs[0][1]
    table.meta.update(MJDREFI=first.mjdrefi, MJDREFF=first.mjdreff, TIMESYS=first.timesys, TIMEUNIT="s")
    store = DataStore(HDUIndexTable(rows=hdus, names=names), table)
    return store.get_observations(required_irf=required_irf)


def fitted(paths: list[Path], required_irf: list[str]) -> Any:
    """The log parabola that fits, by the reduction that MAGIC's point-like files need."""
    import astropy.units as u
    from astropy.coordinates import SkyCoord
    from gammapy.datasets import Datasets, SpectrumDataset
    from gammapy.makers import (
        ReflectedRegionsBackgroundMaker,
        SafeMaskMaker,
        SpectrumDatasetMaker,
        WobbleRegionsFinder,
    )
    from gammapy.maps import MapAxis, RegionGeom
    from gammapy.modeling import Fit
    from gammapy.modeling.models import LogParabolaSpectralModel, SkyModel
    from regions import PointSkyRegion

    energy = MapAxis.from_energy_bounds(0.1, 20, nbin=5, per_decade=True, unit="TeV")
    true = MapAxis.from_energy_bounds(0.01, 100, nbin=10, per_decade=True, unit="TeV", name="energy_true")
    region = PointSkyRegion(SkyCoord(CRAB.ra, CRAB.dec, unit="deg"))
    empty = SpectrumDataset.create(RegionGeom.create(region, axes=[energy]), energy_axis_true=true)
    spectra = SpectrumDatasetMaker(containment_correction=False, selection=["counts", "exposure", "edisp"])
    background = ReflectedRegionsBackgroundMaker(region_finder=WobbleRegionsFinder(n_off_regions=3))
    mask = SafeMaskMaker(methods=["aeff-default"])
    datasets = Datasets()
    for observation in observations(paths, required_irf):
        spectrum = spectra.run(empty.copy(name=str(observation.obs_id)), observation)
        datasets.append(mask.run(background.run(spectrum, observation), observation))
    model = LogParabolaSpectralModel(
        amplitude=1e-11 * u.Unit("cm-2 s-1 TeV-1"), reference=1 * u.TeV, alpha=2, beta=0.1
    )
    datasets.models = [SkyModel(spectral_model=model)]
    assert Fit().run(datasets).success
    return model


@pytest.mark.parametrize(
    ("variant", "required_irf"),
    [
        (Variant.TABLE, ["aeff", "edisp", "rad_max"]),
        (Variant.KEYWORD, ["aeff", "edisp"]),
    ],
)
def test_the_spectrum_comes_back(tmp_path: Path, variant: Variant, required_irf: list[str]) -> None:
    paths = list(write_dl3(tmp_path, runs=8, targets=["CrabNebula"], variant=variant))
    model = fitted(paths, required_irf)
    said = fits.getheader(paths[0], 0)
    assert (said["SIM_AMPL"], said["SIM_ALPH"], said["SIM_BETA"]) == (CRAB.amplitude, CRAB.alpha, CRAB.beta)
    for parameter, truth in [
        (model.amplitude, CRAB.amplitude),
        (model.alpha, CRAB.alpha),
        (model.beta, CRAB.beta),
    ]:
        assert abs(parameter.value - truth) < 2.5 * parameter.error
    assert model.amplitude.error < 0.1 * CRAB.amplitude
    assert model.alpha.error < 0.1


def test_unix_time_is_told_as_the_schedule_has_it(tmp_path: Path) -> None:
    paths = list(write_dl3(tmp_path, runs=1, events=500, variant=Variant.LST))
    (observation,) = observations(paths, ["aeff", "edisp", "rad_max"])
    assert observation.gti.time_sum.value == pytest.approx(500 / 9.3, abs=0.01)
    assert len(observation.events.table) == read_observation(paths[0]).event_count


def test_full_enclosure_files_satisfy_gammapys_default(tmp_path: Path) -> None:
    import astropy.units as u

    paths = list(write_dl3(tmp_path, runs=2, events=500, variant=Variant.FULL))
    (first, _) = observations(paths, "full-enclosure")
    assert sorted(first.available_irfs) == ["aeff", "bkg", "edisp", "psf"]
    assert first.psf.tag == "psf_3gauss"
    held = first.psf.containment(energy_true=1 * u.TeV, offset=0.4 * u.deg, rad=1 * u.deg)
    assert float(held) == pytest.approx(1, abs=0.01)
