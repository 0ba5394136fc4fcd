"""`EventRecorder`: keeps what was sent to whom, whoever sends it and from whichever thread or task."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Mapping
from dataclasses import dataclass
from functools import wraps
from inspect import isawaitable
from typing import Any

NAMES = ("type", "event", "event_type", "name")
"""Fields of a message that say which event it is, the first that holds a text counts."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event as it arrived. `key` says at whom, `number` counts from 1 over all of them."""

    key: Hashable
    name: str
    data: object = None  # the message as it was sent
    number: int = 0
    at: float = 0.0  # seconds since the recorder was made


class Sent:
    """What a sink returns: nothing, which may be awaited."""

    __slots__ = ()

    def __await__(self) -> Generator[None, None, None]:
        return
        yield


SENT = Sent()

Sink = Callable[..., Sent]
Read = Callable[..., tuple[Hashable, object]]


class EventRecorder:
    """Records events for any key: a user, a thread, a connection. May be used from all threads and tasks at once.

        recorder = EventRecorder()
        emitter = Emitter(send=recorder.sink("alice"))     # called or awaited with a message
        manager = recorder.wrap(manager, "send_to_user")   # everything goes through, and is recorded
        recorder.record({"type": "agent_started"}, key="alice")

    A message is a mapping or an object that says its event in `type`, `event`, `event_type` or `name`, JSON text
    of such a mapping, or the name alone; `name` reads others.
    """

    def __init__(self, name: Callable[[Any], str] | None = None) -> None:
        self._name = name or event_name
        self._events: list[Event] = []
        self._keys: dict[Hashable, None] = {}
        self._lock = threading.Lock()
        self._started = time.monotonic()

    def record(self, message: object, key: Hashable = None) -> Event:
        """Keep one message that arrived at `key`."""
        message = decoded(message)
        name = self._name(message)
        with self._lock:
            event = Event(key, name, message, len(self._events) + 1, time.monotonic() - self._started)
            self._events.append(event)
            self._keys.setdefault(key)
        return event

    def sink(self, key: Hashable = None) -> Sink:
        """A send callable for one receiver: `send(message)`, `send(name, data)`, `await send(message)`.

        The receiver is expected from now on: `assert_sequence` complains when nothing arrives.
        """
        with self._lock:
            self._keys.setdefault(key)

        def send(message: object, *data: object, **fields: object) -> Sent:
            self.record(_message(message, data, fields), key)
            return SENT

        return send

    def wrap(self, target: Any, *methods: str, read: Read | None = None) -> Any:
        """A stand-in for a callable, or for an object of which `methods` are watched; the rest goes through.

        `read(*args, **kwargs)` gives (key, message) of a call; without it the first argument is the key and
        the second the message, or the only argument is the message. Recorded is what was sent: a call that
        raises is not. Coroutines are recorded when they have ended.
        """
        if methods:
            return _Watched(target, {name: self.wrap(getattr(target, name), read=read) for name in methods})
        if not callable(target):
            raise TypeError(f"{target!r} is not callable: name the methods to watch")
        reader = read or _read

        @wraps(target, assigned=("__name__", "__qualname__", "__doc__"))
        def call(*args: object, **kwargs: object) -> object:
            key, message = reader(*args, **kwargs)
            result = target(*args, **kwargs)
            if isawaitable(result):
                return self._after(result, message, key)
            self.record(message, key)
            return result

        return call

    async def _after(self, awaitable: Any, message: object, key: Hashable) -> object:
        result = await awaitable
        self.record(message, key)
        return result

    @property
    def events(self) -> tuple[Event, ...]:
        """All events up to now, in the order of their arrival."""
        with self._lock:
            return tuple(self._events)

    @property
    def keys(self) -> tuple[Hashable, ...]:
        """All receivers, those with a sink and no event included."""
        with self._lock:
            return tuple(self._keys)

    def of(self, key: Hashable) -> tuple[Event, ...]:
        """What one receiver got."""
        return tuple(event for event in self.events if event.key == key)

    def names(self, key: Hashable) -> tuple[str, ...]:
        """The names of what one receiver got."""
        return tuple(event.name for event in self.of(key))

    def clear(self) -> None:
        """Forget all events and receivers."""
        with self._lock:
            self._events.clear()
            self._keys.clear()

    def __iter__(self) -> Iterator[Event]:
        return iter(self.events)

    def __len__(self) -> int:
        return len(self.events)


class _Watched:
    """Hands on every attribute but the watched methods."""

    def __init__(self, target: object, methods: Mapping[str, object]) -> None:
        object.__setattr__(self, "_target", target)
        object.__setattr__(self, "_methods", methods)

    def __getattr__(self, name: str) -> object:
        methods: Mapping[str, object] = object.__getattribute__(self, "_methods")
        return methods[name] if name in methods else getattr(object.__getattribute__(self, "_target"), name)

    def __setattr__(self, name: str, value: object) -> None:
        setattr(object.__getattribute__(self, "_target"), name, value)


# --- reading messages ---------------------------------------------------------------------------------


def event_name(message: object) -> str:
    """The name of the event that a message stands for. Raises ValueError when it does not say."""
    if isinstance(message, Event):
        return message.name
    value = getattr(message, "value", None)
    for candidate in (message, value):
        if isinstance(candidate, str):
            return candidate
    for name in NAMES:
        found = field(message, name)
        found = getattr(found, "value", found)
        if isinstance(found, str):
            return found
    raise ValueError(
        f"found {_short(message)}, which does not say its event in {', '.join(NAMES)}:"
        " give EventRecorder(name=...) a function that reads it"
    )


def field(message: object, name: str) -> object:
    """A field of a mapping or an attribute of an object; None when it is not there."""
    if isinstance(message, Mapping):
        return message.get(name)
    return getattr(message, name, None)


def decoded(message: object) -> object:
    """JSON text of an object or array as what it means; everything else as it is."""
    if isinstance(message, bytes | bytearray):
        message = message.decode("utf-8", "replace")
    if isinstance(message, str) and message.lstrip()[:1] == "{":
        import json

        try:
            return json.loads(message)
        except ValueError:
            return message
    return message


def _message(message: object, data: tuple[object, ...], fields: Mapping[str, object]) -> object:
    """`send("agent_started", {...}, run_id=7)` as one message."""
    if not data and not fields:
        return message
    named: dict[str, object] = {"type": message} if isinstance(message, str) else {"message": message}
    if isinstance(message, Mapping):
        named = dict(message)
    if len(data) == 1 and isinstance(data[0], Mapping):
        return {**data[0], **named, **fields}
    return {**named, **({"data": data[0] if len(data) == 1 else data} if data else {}), **fields}


def _read(*args: object, **kwargs: object) -> tuple[Hashable, object]:
    given = (*args, *kwargs.values())
    if len(given) == 1:
        return None, given[0]
    if not given:
        raise TypeError(
            "a call without arguments sends nothing: give wrap(read=...) a function that reads it"
        )
    key, message, *data = given
    if not isinstance(key, Hashable):
        raise TypeError(f"found {_short(key)} where the receiver is expected: give wrap(read=...) a function")
    return key, _message(message, tuple(data), {})


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
