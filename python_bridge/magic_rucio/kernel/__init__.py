"""What runs in the analyst's kernel: the `Attachment`, and the channel that puts it there.

The sources travel with each request and are loaded as the package `_magic_rucio_kernel`, once per
kernel and version. Hence: standard library only (gammapy, astropy and numpy when they are asked for),
Python 3.9 upwards, nothing imported from the rest of `magic_rucio`.
"""
