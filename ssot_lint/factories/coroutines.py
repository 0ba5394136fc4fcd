"""What coroutines and futures have themselves, and which callees run, keep or examine them."""

from __future__ import annotations

RUNNERS = frozenset({
    "run", "create_task", "ensure_future", "gather", "wait", "wait_for", "shield", "as_completed", "timeout",
    "run_until_complete", "run_coroutine_threadsafe", "start_soon", "add_task", "spawn", "run_async", "run_sync",
    "async_to_sync", "iscoroutine", "isawaitable", "isasyncgen", "Task", "run_in_loop", "submit", "TaskGroup",
    "maybe_await", "await_", "aclosing", "closing", "isinstance", "type", "append", "extend", "put", "put_nowait",
    "add", "insert", "enter_async_context", "anext", "aiter",
})  # fmt: skip
"""Last parts of callees that run, keep or examine what they are given, as opposed to taking it for the value."""

COROUTINE = frozenset({
    "send", "throw", "close", "cr_frame", "cr_running", "cr_await", "cr_code", "cr_origin", "asend", "athrow",
    "aclose", "__await__", "__aiter__", "__anext__", "__aenter__", "__name__", "__qualname__", "__class__",
})  # fmt: skip
"""What coroutines and asynchronous generators have themselves."""

SCHEDULERS = frozenset({
    "create_task", "ensure_future", "gather", "run_coroutine_threadsafe", "shield", "spawn", "start_soon", "wait",
    "wait_for", "Task",
})  # fmt: skip
"""Those of them that give something to wait for, and not the value."""

FUTURE = frozenset({
    "result", "exception", "cancel", "cancelled", "cancelling", "uncancel", "done", "add_done_callback",
    "remove_done_callback", "get_name", "set_name", "get_loop", "get_coro", "get_context", "get_stack", "print_stack",
})  # fmt: skip

GUARDS = frozenset({"hasattr", "getattr", "setattr", "isinstance", "issubclass", "callable"})
