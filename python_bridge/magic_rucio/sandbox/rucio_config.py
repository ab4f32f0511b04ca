"""Rucio's configuration files for the sandbox; every line here was needed, see the comments."""

from __future__ import annotations

from magic_rucio.sandbox.layout import StateDirectory, write_private

# An empty identity is one that is not made. Port 1 keeps Rucio from using whatever memcached happens
# to run on this machine. Statistics of transfers would be written at the end of every pass.
_RUCIO = """\
[common]
loglevel = WARNING
logdir = {logs}

[database]
default = {database}
pool_size = 5
max_overflow = 10
pool_recycle = 3600

[alembic]
cfg = {alembic}

[bootstrap]
userpass_identity = root
userpass_pwd = {root_password}
userpass_email = sandbox@localhost
x509_identity =
gss_identity =
ssh_identity =

[cache]
url = 127.0.0.1:1

[policy]
package = magic_sandbox_policy
permission = generic
lfn2pfn_algorithm_default = identity

[api]
endpoints_add = metrics

[transfers]
stats_enabled = False

[conveyor]
scheme = file
transfertool = fts3
"""

_ALEMBIC = """\
[alembic]
script_location = rucio:db/sqla/migrate_repo
sqlalchemy.url = {database}
[loggers]
keys = root
[handlers]
keys = console
[formatters]
keys = generic
[logger_root]
level = WARN
handlers = console
[handler_console]
class = StreamHandler
args = (sys.stderr,)
formatter = generic
[formatter_generic]
format = %(levelname)s %(message)s
"""


def write_rucio_configuration(directory: StateDirectory, database_url: str, root_password: str) -> None:
    """Write rucio.cfg and alembic.ini, readable by the owner alone: they hold the database's password."""
    alembic = directory.configuration / "alembic.ini"
    escaped = database_url.replace("%", "%%")
    write_private(
        directory.configuration / "rucio.cfg",
        _RUCIO.format(
            logs=str(directory.logs).replace("%", "%%"),
            database=escaped,
            alembic=str(alembic).replace("%", "%%"),
            root_password=root_password,
        ),
    )
    write_private(alembic, _ALEMBIC.format(database=escaped))
