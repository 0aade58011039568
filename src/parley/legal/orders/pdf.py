"""Has an order's PDF read by a process that can do nothing else: a hostile file harms that process alone.

The child has limits on memory, time, files and processes, gets the file by standard input and answers with one
JSON object. Whatever goes wrong in it becomes a sentence for a person, never a traceback.
"""

from __future__ import annotations

import asyncio
import json
import resource
import sys
from collections.abc import Sequence
from pathlib import Path

from parley.legal.orders.errors import DocumentInvalid
from parley.legal.orders.model import SignatureReport
from parley.legal.orders.rules import MAX_PDF, report_from_json

_MEMORY = 1024 * 1024 * 1024
_CPU_S = 20
_WALL_S = 40


async def read(pdf: bytes, trusted: Sequence[Path] = ()) -> SignatureReport:
    """Check a PDF's signature. `trusted` are PEM files with the roots that the operator trusts.

    Raises:
        DocumentInvalid: no PDF, too large, or it could not be read within the limits.
    """
    if len(pdf) > MAX_PDF:
        raise DocumentInvalid("the document is larger than 5 MiB")
    if not pdf.startswith(b"%PDF-"):
        raise DocumentInvalid("the document is no PDF")
    answer = await _run(pdf, trusted)
    try:
        return report_from_json(json.loads(answer))
    except (ValueError, TypeError, KeyError):
        raise DocumentInvalid("the document could not be read safely: it is damaged or hostile") from None


async def _run(pdf: bytes, trusted: Sequence[Path]) -> bytes:
    child = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "parley.legal.orders.pdf_reader",
        *map(str, trusted),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env={},
        preexec_fn=_limit,
    )
    try:
        out, _ = await asyncio.wait_for(child.communicate(pdf), _WALL_S)
    except TimeoutError:
        raise DocumentInvalid("the document took too long to read") from None
    finally:
        if child.returncode is None:  # too slow, or whoever asked has gone away
            child.kill()
            await child.wait()
    return out


def _limit() -> None:
    """Runs in the child before the reader starts."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
