"""Who the user is to each Rucio, and whether it answers."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version

from magic_rucio.config import RucioInstance, Settings, user_config_file
from magic_rucio.errors import MagicRucioError, SignInNeededError, UnreachableError
from magic_rucio.replication.models import Quota
from magic_rucio.rucio import RucioClient
from magic_rucio.rucio.authentication import IssuedToken, token_for_password
from magic_rucio.session.models import InstanceInfo, Reachability, Session, SignIn, Status
from magic_rucio.session.quota import quota_of
from magic_rucio.session.tokens import DEFAULT_VARIABLES, FoundToken, given_token

log = logging.getLogger(__name__)

LOOK_AGAIN_SECONDS = 5.0
"""A status is asked for by every open tab; Rucio is asked at most this often."""

STATUS_TIMEOUT_SECONDS = 4.0
"""The panel waits for the status before it draws: a hanging Rucio must not hold it up."""

RENEW_BEFORE_SECONDS = 60.0


@dataclass(slots=True)
class _Known:
    """What was last seen of one instance with one token."""

    token: str = field(repr=False)
    account: str | None = None
    quota: Quota | None = None
    reachability: Reachability = field(
        default_factory=lambda: Reachability(state="unknown", since=None, message=None, latency=None)
    )
    refused: str | None = None
    looked_at: float = float("-inf")


class SessionService:
    """Signs in and out, finds tokens, and answers `GET /status`.

    Parameters
    ----------
    settings : Settings
    client : callable
        Makes a client of an instance for a token; given so that tests and hosts choose its transport.
    """

    def __init__(
        self,
        settings: Settings,
        client: Callable[[RucioInstance, str], RucioClient],
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self._settings = settings
        self._client = client
        self._environment = environment
        self._signed_in: dict[str, IssuedToken] = {}
        self._ended: set[str] = set()
        self._known: dict[str, _Known] = {}
        self._looking: dict[str, asyncio.Lock] = {}

    def token(self, instance: RucioInstance) -> FoundToken:
        """Return the token to use now.

        Raises
        ------
        SignInNeededError
            Where there is none, or the one from a sign-in has ended.
        """
        issued = self._signed_in.get(instance.id)
        if issued is not None:
            if not _ended(issued):
                return FoundToken(issued.text, "password")
            del self._signed_in[instance.id]
            self._ended.add(instance.id)
        first = instance.id == self._settings.instances[0].id
        found = given_token(instance, self._environment, default_variables=DEFAULT_VARIABLES if first else ())
        if found is None:
            ended = instance.id in self._ended
            reason = "The sign-in has ended." if ended else f"Nobody is signed in to {instance.name}."
            raise SignInNeededError(reason, advice="Sign in.")
        return found

    async def account(self, instance: RucioInstance) -> str:
        """Return the account behind the token, asked of Rucio once a token."""
        token = self.token(instance).text
        known = self._known.get(instance.id)
        if known is None or known.token != token or known.account is None or known.refused:
            known = await self._look(instance, token)
        if known.refused:
            raise SignInNeededError(known.refused, advice="Sign in again.")
        if known.account is None:
            raise UnreachableError(
                known.reachability.message or "Rucio does not answer.", advice="Try again."
            )
        return known.account

    async def sign_in(self, instance_id: str | None, credentials: SignIn) -> Session:
        """Exchange name and password for a token; the password is kept nowhere."""
        instance = self._settings.instance(instance_id)
        issued = await token_for_password(
            instance,
            account=credentials.account,
            username=credentials.username,
            password=credentials.password.get_secret_value(),
            timeout=self._settings.request_timeout_seconds,
        )
        self._signed_in[instance.id] = issued
        self._ended.discard(instance.id)
        # The token is for the account that was asked for: Rucio need not be asked whose it is.
        self._known[instance.id] = _Known(token=issued.text, account=credentials.account)
        return (await self.status(instance.id)).session

    async def sign_out(self, instance_id: str | None) -> Session:
        """Forget the token of a sign-in; one from the environment or a file stays where it is."""
        instance = self._settings.instance(instance_id)
        self._signed_in.pop(instance.id, None)
        self._ended.discard(instance.id)
        self._known.pop(instance.id, None)
        return (await self.status(instance.id)).session

    async def status(self, instance_id: str | None) -> Status:
        """Return all the panel needs to know first; never fails for what Rucio does."""
        if not self._settings.instances:
            return self._not_configured()
        instance = self._settings.instance(instance_id)
        try:
            found = self.token(instance)
        except SignInNeededError as error:
            return self._status(instance, self._session_needed(error.message), None)
        known = await self._look(instance, found.text)
        if known.refused:
            return self._status(instance, self._session_needed(known.refused), known)
        issued = self._signed_in.get(instance.id)
        session = Session(
            state="signed-in",
            account=known.account or instance.account,
            source=found.source,
            expires_at=issued.expires_at.isoformat() if issued and issued.expires_at else None,
            reason=None,
        )
        return self._status(instance, session, known)

    async def _look(self, instance: RucioInstance, token: str) -> _Known:
        """Ask Rucio, unless it was asked just now; return what is known, whoever signs out meanwhile."""
        async with self._looking.setdefault(instance.id, asyncio.Lock()):
            known = self._known.get(instance.id)
            if known is None or known.token != token:
                known = self._known[instance.id] = _Known(token=token)
            if time.monotonic() - known.looked_at < LOOK_AGAIN_SECONDS:
                return known
            try:
                async with asyncio.timeout(STATUS_TIMEOUT_SECONDS), self._client(instance, token) as client:
                    await self._ask(client, instance, known)
            except TimeoutError:
                self._down(known, f"{instance.name} gives no answer in time.")
            known.looked_at = time.monotonic()
            return known

    async def _ask(self, client: RucioClient, instance: RucioInstance, known: _Known) -> None:
        started = time.monotonic()
        try:
            known.account = known.account or await client.whoami()
            known.quota = await self._quota(client, known.account, instance.destination_rse)
        except SignInNeededError as error:
            known.refused = error.message
        except MagicRucioError as error:
            self._down(known, error.message)
        else:
            known.refused = None
            latency = time.monotonic() - started
            known.reachability = Reachability(state="ok", since=None, message=None, latency=latency)

    @staticmethod
    async def _quota(client: RucioClient, account: str, rse: str) -> Quota | None:
        """Read the quota; None where Rucio answers that it cannot be had: that is not being down."""
        try:
            return await quota_of(client, account, rse)
        except (SignInNeededError, UnreachableError):
            raise
        except MagicRucioError as error:
            log.warning("no quota of %s at %s: %s", account, rse, error.message)
            return None

    @staticmethod
    def _down(known: _Known, message: str) -> None:
        since = known.reachability.since or datetime.now(UTC).isoformat(timespec="seconds")
        known.reachability = Reachability(state="down", since=since, message=message, latency=None)

    @staticmethod
    def _session_needed(reason: str) -> Session:
        return Session(state="sign-in-needed", account=None, source=None, expires_at=None, reason=reason)

    def _status(self, instance: RucioInstance, session: Session, known: _Known | None) -> Status:
        unknown = Reachability(state="unknown", since=None, message=None, latency=None)
        return Status(
            version=version("jupyterlab-magic-rucio"),
            instances=[_info(one) for one in self._settings.instances],
            instance=_info(instance),
            session=session,
            rucio=known.reachability if known else unknown,
            quota=known.quota if known and session.state == "signed-in" else None,
            help="",
        )

    def _not_configured(self) -> Status:
        return Status(
            version=version("jupyterlab-magic-rucio"),
            instances=[],
            instance=None,
            session=Session(
                state="not-configured",
                account=None,
                source=None,
                expires_at=None,
                reason="No Rucio is named.",
            ),
            rucio=Reachability(state="unknown", since=None, message=None, latency=None),
            quota=None,
            help=(
                f"Name your Rucio in {user_config_file()}, or by the variable RUCIO_BASE_URL, "
                "and restart the Jupyter server."
            ),
        )


def _info(instance: RucioInstance) -> InstanceInfo:
    return InstanceInfo(
        id=instance.id,
        name=instance.name,
        destination_rse=instance.destination_rse,
        mode=instance.mode,
        webui_url=instance.webui_url,
        support=instance.support,
    )


def _ended(issued: IssuedToken) -> bool:
    if issued.expires_at is None:
        return False
    return (issued.expires_at - datetime.now(UTC)).total_seconds() < RENEW_BEFORE_SECONDS
