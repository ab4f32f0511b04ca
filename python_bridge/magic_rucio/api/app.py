"""The FastAPI application, the same inside JupyterLab and as a site's shared service."""

from __future__ import annotations

from fastapi import FastAPI

from magic_rucio.api import attachments, catalogue, downloads, replication, session
from magic_rucio.api.problems import add_problem_handlers
from magic_rucio.attachments.models import KernelReply
from magic_rucio.session.models import Problem


def make_app() -> FastAPI:
    """Build the application without its backends: enough for the OpenAPI document."""
    app = FastAPI(
        title="jupyterlab-magic-rucio",
        version="1",
        docs_url=None,
        redoc_url=None,
        responses={"default": {"model": Problem, "description": "What went wrong, and what to do"}},
    )
    for feature in (session, catalogue, replication, attachments, downloads):
        app.include_router(feature.router)
    app.webhooks.add_api_route("kernel-reply", kernel_reply, methods=["POST"])
    add_problem_handlers(app)
    return app


def kernel_reply(reply: KernelReply) -> None:
    """What a kernel answers to a step of `KernelCode`.

    It goes to the browser, never to this server; here it is only documented, so that the browser's
    schema is generated from the same model.
    """
