"""Download mode: a bounded, checksummed, resumable cache for where no mount reaches a replica."""
