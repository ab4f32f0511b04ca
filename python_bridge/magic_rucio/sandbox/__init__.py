"""The embedded grid: PostgreSQL, Rucio with its daemons, a transfer service, storage as directories."""
