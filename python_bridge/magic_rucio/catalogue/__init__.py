"""The index of DL3 runs: synced from Rucio by differences, queried by the panel."""
