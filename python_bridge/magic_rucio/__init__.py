"""The MAGIC telescopes' data in Rucio: names, catalogue, replication, attachment to notebook kernels."""
