"""MAGIC file names of every form, with hard sources."""

from __future__ import annotations

from hypothesis import strategies as st

_SOURCES = st.one_of(
    st.sampled_from(
        [
            "4C+39.12",
            "4C-39.12",
            "4C=39.12",
            "4C_39.12",
            "4C%39.12",
            "4C.plus.39.12",
            "4C.eq.39.12",
            "4FGLJ1723.5-",
        ]
    ),
    st.text("ab+-._=%M1W04plusetc", min_size=1, max_size=12),
    st.lists(
        st.sampled_from([".", "+", "=", "%", "_", "plus", "eq", "pct", "x2B", "-W", "0.40"]), max_size=6
    ).map(lambda parts: "a" + "".join(parts)),
)
_NIGHTS = st.dates().map(lambda night: night.isoformat().replace("-", ""))
_RUNS = st.integers(0, 99_999_999).map("{:08d}".format)
_SUBRUNS = st.integers(0, 999).map("{:03d}".format)
_WOBBLES = st.one_of(
    st.just(""),
    st.builds(
        "-W{}{}{:03d}".format,
        st.sampled_from(["0.40", "0.70", "1.5"]),
        st.sampled_from("+=_"),
        st.integers(0, 359),
    ),
)

long_names = st.one_of(
    st.builds(
        "{}_{}_{}.{}_{}_{}{}.{}".format,
        _NIGHTS,
        st.sampled_from(["M1", "M2"]),
        _RUNS,
        _SUBRUNS,
        st.sampled_from("DPCB"),
        _SOURCES,
        _WOBBLES,
        st.sampled_from(["raw", "raw.gz"]),
    ),
    st.builds("{}_M1_{}_I_{}{}.root".format, _NIGHTS, _RUNS, _SOURCES, _WOBBLES),
    st.builds("{}_{}_{}_{}{}.root".format, _NIGHTS, _RUNS, st.sampled_from("SQ"), _SOURCES, _WOBBLES),
    st.builds(
        "{}_{}_DL3_{}{}.fits{}".format, _NIGHTS, _RUNS, _SOURCES, _WOBBLES, st.sampled_from(["", ".gz"])
    ),
)
short_names = st.one_of(
    st.builds("ssignal{}.{}_M2.root".format, _RUNS, _SUBRUNS),
    st.builds("{}{}.root".format, st.sampled_from(["superstar", "melibea"]), _RUNS),
    st.builds("run_{}_DL3.fits".format, _RUNS),
    st.builds("dl3_{}.fits.gz".format, _SOURCES),
)
