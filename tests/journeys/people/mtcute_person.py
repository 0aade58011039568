"""A person with @mtcute/node, driven through a small program beside the pinned packages."""

from __future__ import annotations

import asyncio
import itertools
import json
from typing import Any

from tests.javascript import CLIENTS, missing, node
from tests.journeys.server_process import RunningServer
from tests.journeys.waiting import LIMIT_S

__all__ = ["MtcuteError", "Person", "missing", "sign_up"]


class MtcuteError(Exception):
    """What mtcute threw: the RPC error's name where it was one."""


class Person:
    """One mtcute client in a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._numbers = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self.updates: list[dict[str, Any]] = []
        self._heard = asyncio.Condition()
        self._reader = asyncio.ensure_future(self._read())

    @classmethod
    async def start(cls, server: RunningServer) -> Person:
        """Start a client that knows our key and our address."""
        key = server.data_dir.parent / f"{server.data_dir.name}.pem"
        key.write_text(server.pem)
        program = node()
        assert program is not None
        process = await asyncio.create_subprocess_exec(
            program,
            "mtcute_driver.mjs",
            server.host,
            str(server.mtproto_port),
            str(key),
            cwd=CLIENTS,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=2**22,
        )
        person = cls(process)
        await person.do("connect")
        return person

    async def do(self, action: str, **arguments: Any) -> Any:
        """Ask the driver for one action.

        Raises:
            MtcuteError: the client threw.
        """
        number = next(self._numbers)
        answer = self._waiting[number] = asyncio.get_running_loop().create_future()
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"id": number, "action": action, **arguments}).encode() + b"\n")
        return await asyncio.wait_for(answer, LIMIT_S)

    async def call(self, method: str, **fields: Any) -> Any:
        """Call a raw method, fields in mtcute's camel case."""
        return await self.do("call", request={"_": method, **fields})

    async def update(self, kind: str) -> dict[str, Any]:
        """Wait for an update of a constructor."""

        def found() -> dict[str, Any] | None:
            return next((item for item in self.updates if item["_"] == kind), None)

        async with self._heard, asyncio.timeout(LIMIT_S):
            await self._heard.wait_for(lambda: found() is not None)
        result = found()
        assert result is not None
        return result

    async def texts_until(self, last: str) -> list[str]:
        """Wait for a message of others; gives the texts of all that came, in their order."""

        def texts() -> list[str]:
            new = [item["message"] for item in self.updates if item["_"] == "updateNewMessage"]
            return [message["message"] for message in new if not message["out"]]

        async with self._heard, asyncio.timeout(LIMIT_S):
            await self._heard.wait_for(lambda: last in texts())
        return texts()

    async def close(self) -> None:
        """End the client."""
        if self._process.returncode is None:
            await self.do("close")
            await self._process.wait()
        await self._reader

    async def _read(self) -> None:
        assert self._process.stdout is not None
        while line := await self._process.stdout.readline():
            said = json.loads(line)
            if "update" in said:
                async with self._heard:
                    self.updates.append(said["update"])
                    self._heard.notify_all()
            elif "id" in said:
                self._answer(said)
        for future in self._waiting.values():
            if not future.done():
                future.set_exception(MtcuteError("the client has ended"))

    def _answer(self, said: dict[str, Any]) -> None:
        future = self._waiting.pop(said["id"])
        if "error" in said:
            future.set_exception(MtcuteError(f"{said['error']['name']}: {said['error']['message']}"))
        else:
            future.set_result(said["result"])


async def sign_up(server: RunningServer, phone: str, first: str, last: str = "") -> Person:
    """Sign a new person up and start receiving updates."""
    person = await Person.start(server)
    sent = await person.do("sendCode", phone=phone)
    code = await server.login_code(phone)
    answer = await person.do("signIn", phone=phone, hash=sent["phoneCodeHash"], code=code)
    assert answer["_"] == "auth.authorizationSignUpRequired"
    await person.do("signUp", phone=phone, hash=sent["phoneCodeHash"], first=first, last=last)
    terms = await person.call("help.getTermsOfServiceUpdate")
    if terms["_"] == "help.termsOfServiceUpdate":
        await person.call("help.acceptTermsOfService", id=terms["termsOfService"]["id"])
    await person.do("startUpdates")
    return person
