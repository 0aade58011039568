"""Health and metrics for machines that watch this one."""

from __future__ import annotations

import asyncio
import logging

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from parley.web.metrics import Registry
from parley.web.parts import Part
from parley.web.ports import Health

_log = logging.getLogger(__name__)
_PATIENCE_S = 3.0


class HealthPages:
    """`/healthz` answers 200 while everything works and 503 otherwise; `/metrics` is Prometheus' text."""

    def __init__(self, health: Health, metrics: Registry) -> None:
        self._health = health
        self._metrics = metrics

    async def healthz(self, request: Request) -> Response:
        """Try what the process needs, for three seconds at most."""
        try:
            async with asyncio.timeout(_PATIENCE_S):
                checks = dict(await self._health.check())
        except Exception as error:
            _log.error("the health check failed: %s", type(error).__name__)
            checks = {"check": False}
        good = all(checks.values())
        body = {"status": "ok" if good else "failing", "checks": checks}
        return JSONResponse(body, 200 if good else 503, headers={"cache-control": "no-store"})

    async def metrics(self, request: Request) -> Response:
        """Give all figures."""
        text = await self._metrics.text()
        return PlainTextResponse(
            text, media_type="text/plain; version=0.0.4", headers={"cache-control": "no-store"}
        )


def part(health: Health, metrics: Registry) -> Part:
    """Build the part of health and metrics."""
    pages = HealthPages(health, metrics)
    return Part("health", (Route("/healthz", pages.healthz), Route("/metrics", pages.metrics)))
