"""From a selection to a gammapy `DataStore` in a kernel: paths, checks, payload, code cells."""
