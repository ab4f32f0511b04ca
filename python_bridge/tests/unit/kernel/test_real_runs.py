"""The two public MAGIC runs give their known spectrum through `Attachment.observations()`."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import astropy.units as u
import numpy as np
import pytest
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

from magic_rucio.dl3 import read_observation
from magic_rucio.kernel.attachment import Attachment
from magic_rucio.kernel.columns import Row, Runs

REPOSITORY = Path(__file__).parents[4]
FOLDER = Path(os.environ.get("MAGIC_DL3_DIR", REPOSITORY.parent / "shared" / "data" / "magic-dl3"))
FILES = sorted(FOLDER.glob("*_DL3_CrabNebula-*.fits"))

pytestmark = pytest.mark.skipif(len(FILES) != 2, reason=f"the two public MAGIC runs are not in {FOLDER}")


@pytest.fixture(scope="module", params=["catalogue", "headers"])
def crab(request: pytest.FixtureRequest) -> Attachment:
    """Once with the metadata that the catalogue holds, once with paths alone."""
    known = request.param == "catalogue"
    rows = [Row(f"magic:{f.name}", str(f), read_observation(f) if known else None) for f in FILES]
    return Attachment(Runs.from_rows(rows), name="crab")


def reduced(crab: Attachment, lowest: str) -> Any:
    from astropy.coordinates import SkyCoord

    source = SkyCoord(83.63333, 22.01444, unit="deg")
    energy = MapAxis.from_energy_bounds(lowest, "100 TeV", nbin=5, per_decade=True)
    true_energy = MapAxis.from_energy_bounds(
        "10 GeV", "100 TeV", nbin=10, per_decade=True, name="energy_true"
    )
    geometry = RegionGeom.create(PointSkyRegion(source), axes=[energy])
    empty = SpectrumDataset.create(geom=geometry, energy_axis_true=true_energy)
    maker = SpectrumDatasetMaker(containment_correction=False, selection=["counts", "exposure", "edisp"])
    background = ReflectedRegionsBackgroundMaker(region_finder=WobbleRegionsFinder(n_off_regions=3))
    safe = SafeMaskMaker(["aeff-default"])
    datasets = Datasets()
    for observation in crab.observations():
        name = str(observation.obs_id)
        dataset = background.run(maker.run(empty.copy(name=name), observation), observation)
        datasets.append(safe.run(dataset, observation))
    return datasets


@pytest.mark.parametrize(
    ("lowest", "on", "off", "significance"),
    [("50 GeV", 635, 226, 29.99), ("80 GeV", 626, 216, 30.02), ("100 GeV", 747, 364, 29.58)],
)
def test_counts_and_significance(
    crab: Attachment, lowest: str, on: int, off: int, significance: float
) -> None:
    info = reduced(crab, lowest).info_table(cumulative=True)[-1]
    assert (info["counts"], info["counts_off"]) == (on, off)
    assert info["sqrt_ts"] == pytest.approx(significance, abs=0.01)


def test_log_parabola(crab: Attachment) -> None:
    datasets = reduced(crab, "80 GeV")
    model = LogParabolaSpectralModel(amplitude="4e-11 cm-2 s-1 TeV-1", reference="1 TeV", alpha=2.5, beta=0.1)
    datasets.models = [SkyModel(spectral_model=model, name="crab")]
    assert Fit().run(datasets).success
    assert model.amplitude.quantity.to_value(u.Unit("1e-11 cm-2 s-1 TeV-1")) == pytest.approx(4.33, abs=0.02)
    assert model.alpha.value == pytest.approx(2.61, abs=0.02)
    assert model.beta.value == pytest.approx(0.21, abs=0.02)
    assert np.isfinite(model.amplitude.error)
