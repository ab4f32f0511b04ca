"""`magic-rucio demo`: the sandbox, data in it, and a JupyterLab that shows the panel."""
