"""What a route is given: the profile, the templates and the streams of its own application, and a parsed form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated, cast

from fastapi import Depends, Request
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from parley.web.entrance import Entrance
from parley.web.errors import LockedError, MalformedFormError, NoSetUpError
from parley.web.live import Streams
from parley.web.ports import Keeper, Messenger, SetUp
from parley.web.rendering import Renderer

MAX_FIELDS = 10


# Asynchronous, though they wait for nothing: others are run in a thread of their own.


async def _keeper(request: Request) -> Keeper:
    return cast(Keeper, request.app.state.keeper)


async def _messenger(request: Request) -> Messenger:
    messenger = cast(Keeper, request.app.state.keeper).messenger
    if messenger is None:
        raise LockedError
    return messenger


async def _set_up(request: Request) -> SetUp:
    set_up = cast(Keeper, request.app.state.keeper).set_up
    if set_up is None:
        raise NoSetUpError
    return set_up


async def _origin(request: Request) -> str:
    return cast(str, request.app.state.origin)


async def _renderer(request: Request) -> Renderer:
    return cast(Renderer, request.app.state.renderer)


async def _entrance(request: Request) -> Entrance:
    return cast(Entrance, request.app.state.entrance)


async def _streams(request: Request) -> Streams:
    return cast(Streams, request.app.state.streams)


class Form:
    """The fields of a posted form. What a field may hold is checked by the route."""

    def __init__(self, data: FormData) -> None:
        self._data = data

    def text(self, name: str) -> str:
        """A text field. Raises MalformedFormError if it is missing or a file."""
        value = self._data.get(name)
        if not isinstance(value, str):
            raise MalformedFormError
        return value

    def has(self, name: str) -> bool:
        """Whether there is a text field of this name: a browser leaves out what was not chosen or pressed."""
        return isinstance(self._data.get(name), str)

    async def file(self, name: str, limit: int) -> bytes | None:
        """At most `limit` + 1 bytes of a file, or None if none was chosen."""
        value = self._data.get(name)
        if not isinstance(value, UploadFile) or not value.filename:
            return None
        return await value.read(limit + 1)


async def _form(request: Request) -> AsyncIterator[Form]:
    # Read here and not by parameters of the route: those turn the limit's error into a 400.
    limit = request.app.state.form_limit
    try:
        data = await request.form(max_files=1, max_fields=MAX_FIELDS, max_part_size=limit)
    except HTTPException as error:
        raise MalformedFormError from error
    try:
        yield Form(data)
    finally:
        await data.close()


EntranceDependency = Annotated[Entrance, Depends(_entrance)]
KeeperDependency = Annotated[Keeper, Depends(_keeper)]
MessengerDependency = Annotated[Messenger, Depends(_messenger)]
OriginDependency = Annotated[str, Depends(_origin)]
SetUpDependency = Annotated[SetUp, Depends(_set_up)]
RendererDependency = Annotated[Renderer, Depends(_renderer)]
StreamsDependency = Annotated[Streams, Depends(_streams)]
FormDependency = Annotated[Form, Depends(_form)]
