"""Routes of sign-in and status; they live where the user's credential lives, never in the shared service."""

from __future__ import annotations

from fastapi import APIRouter

from magic_rucio.api.backend import CurrentHost, InstanceHeader
from magic_rucio.session.models import Session, SignIn, Status

router = APIRouter(tags=["session"])


@router.get("/status", operation_id="getStatus")
async def get_status(host: CurrentHost, instance: InstanceHeader = None) -> Status:
    """Instances, who is signed in, whether Rucio answers, quota."""
    return await host.session.status(instance)


@router.post("/session", operation_id="signIn")
async def sign_in(credentials: SignIn, host: CurrentHost, instance: InstanceHeader = None) -> Session:
    """Exchange name and password for a token."""
    return await host.session.sign_in(instance, credentials)


@router.delete("/session", operation_id="signOut")
async def sign_out(host: CurrentHost, instance: InstanceHeader = None) -> Session:
    """Forget the token."""
    return await host.session.sign_out(instance)
