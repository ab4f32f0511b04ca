"""The sandbox's transfer service: FTS's REST contract, moving real bytes between directories.

It behaves as FTS 3.14 does towards Rucio's `fts3` transfer tool, so that a real FTS drops in by
changing the RSE attribute `fts` and the schemes of the RSEs. Start it with
`python -m magic_rucio.sandbox.transfer --config FILE`; the file is a `config.TransferConfig`.
"""
