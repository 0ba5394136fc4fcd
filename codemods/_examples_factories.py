"""Examples of `use-factory`: constructions, second factories with their patches, calls without context or `await`."""

from __future__ import annotations

from ssot_lint.codemod import Example

CONFIG = """
[concepts.manager]
canonical = "shop.manager:Manager"
names = ["*Manager"]
factory = "shop.factory:create_manager"
lifetime = "per-user"
context = "shop.context:UserContext"
"""
SHOP = {
    "shop/__init__.py": "",
    "shop/context.py": "class UserContext:\n    def __init__(self, user_id):\n        self.user_id = user_id\n",
    "shop/manager.py": """
        class Manager:
            def __init__(self, context):
                self.context = context

            async def send(self, event):
                await self.context.socket.send(event)
        """,
    "shop/factory.py": """
        from shop.context import UserContext
        from shop.manager import Manager


        async def create_manager(context: UserContext) -> Manager:
            return Manager(context)
        """,
    "shop/shared.py": """
        from shop.manager import Manager

        _manager = Manager(None)


        def get_manager(context) -> Manager:
            return _manager
        """,
}
EVERYWHERE = [{"concept": "manager"}]

FACTORIES = (
    Example(
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext, text):
                    manager = Manager(context)
                    await manager.send(text)
                    await Manager(context).send(text)
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def greet(context: UserContext, text):
                    manager = await create_manager(context)
                    await manager.send(text)
                    await (await create_manager(context)).send(text)
                """
        },
        config=CONFIG,
        id="construction",
    ),
    Example(
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                class Chat:
                    def __init__(self, context: UserContext):
                        self.context = context

                    async def greet(self, text):
                        manager = Manager(None)
                        await manager.send(text)

                    def later(self):
                        return Manager(self.context)


                def nobody() -> Manager:
                    return Manager(None)


                manager = Manager(None)
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager
                from shop.manager import Manager


                class Chat:
                    def __init__(self, context: UserContext):
                        self.context = context

                    async def greet(self, text):
                        manager = await create_manager(self.context)
                        await manager.send(text)

                    def later(self):
                        return Manager(self.context)


                def nobody() -> Manager:
                    return Manager(None)


                manager = Manager(None)
                """
        },
        config=CONFIG,
        refused=(
            "shop/chat.py:14: create_manager is async and Chat.later is not",
            "shop/chat.py:18: no context is in scope in nobody",
            "shop/chat.py:21: no context is in scope in the module's own code",
        ),
        id="kept-by-self-and-refused",
    ),
    Example(
        {
            "shop/web.py": """
                from shop.shared import get_manager


                async def handle(socket, context):
                    manager = get_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop.web import handle


                async def test_handle():
                    with patch("shop.web.get_manager") as get:
                        await handle(None, None)
                """,
        }
        | SHOP,
        [{"concept": "manager", "symbol": "shop.shared:get_manager"}],
        {
            "shop/web.py": """
                from shop.factory import create_manager


                async def handle(socket, context):
                    manager = await create_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop.web import handle


                async def test_handle():
                    with patch("shop.web.create_manager") as get:
                        await handle(None, None)
                """,
        },
        config=CONFIG,
        id="second-factory-and-its-patch",
    ),
    Example(
        {
            "shop/old.py": """
                def create_manager(context):
                    return None
                """,
            "shop/web.py": """
                from shop.context import UserContext
                from shop.old import create_manager


                async def handle(context: UserContext):
                    return create_manager(context)
                """,
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext):
                    from shop.old import create_manager

                    return create_manager(context)


                async def again(context: UserContext):
                    from shop.old import create_manager

                    return create_manager(context)


                async def leave(context: UserContext):
                    return Manager(context)


                async def stay(context: UserContext):
                    if context:
                        from shop.factory import create_manager

                        return Manager(context)
                """,
            "shop/both.py": """
                from shop.context import UserContext
                from shop.old import create_manager

                makers = [create_manager]


                async def handle(context: UserContext):
                    return create_manager(context)
                """,
            "shop/mixed.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext):
                    from shop.old import create_manager

                    return create_manager, Manager(context)
                """,
            "shop/handed.py": """
                from shop.context import UserContext
                from shop.old import create_manager


                async def handle(context: UserContext):
                    return create_manager(context)
                """,
            "shop/taking.py": """
                from shop.handed import create_manager

                manager = create_manager(None)
                """,
        }
        | SHOP,
        [{"concept": "manager", "symbol": "shop.old:create_manager"}, *EVERYWHERE],
        {
            "shop/web.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def handle(context: UserContext):
                    return await create_manager(context)
                """,
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def greet(context: UserContext):
                    from shop.factory import create_manager

                    return await create_manager(context)


                async def again(context: UserContext):
                    from shop.factory import create_manager

                    return await create_manager(context)


                async def leave(context: UserContext):
                    return await create_manager(context)


                async def stay(context: UserContext):
                    if context:
                        from shop.factory import create_manager

                        return await create_manager(context)
                """,
        },
        config=CONFIG,
        refused=(
            "shop/both.py:1: create_manager is the name of a second factory here too: line 4 reads create_manager",
            "shop/handed.py:1: create_manager is the name of a second factory here too, which shop/taking.py reads",
            "shop/mixed.py:8: create_manager is bound already on line 6",
            "shop/shared.py:3: no context is in scope in the module's own code",
            "shop/taking.py:3: no context is in scope in the module's own code",
        ),
        id="second-factory-of-the-same-name",
    ),
    Example(
        {
            "shop/web.py": """
                from shop.shared import get_manager


                async def handle(socket, context):
                    manager = get_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop import web
                from shop.shared import get_manager


                async def test_handle(context, monkeypatch):
                    with patch.object(web, "get_manager"):
                        await web.handle(None, context)
                    with patch.multiple(web, get_manager=None):
                        await web.handle(None, get_manager(context))
                    name = "get_manager"
                    monkeypatch.setattr(web, name, None)
                """,
        }
        | SHOP,
        [{"concept": "manager", "symbol": "shop.shared:get_manager"}],
        {
            "shop/web.py": """
                from shop.factory import create_manager


                async def handle(socket, context):
                    manager = await create_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop import web
                from shop.factory import create_manager


                async def test_handle(context, monkeypatch):
                    with patch.object(web, "create_manager"):
                        await web.handle(None, context)
                    with patch.multiple(web, create_manager=None):
                        await web.handle(None, await create_manager(context))
                    name = "get_manager"
                    monkeypatch.setattr(web, name, None)
                """,
        },
        config=CONFIG,
        id="patches-of-an-attribute",
    ),
    Example(
        {
            "shop/web.py": """
                from shop.shared import get_manager


                async def handle(socket, context):
                    manager = get_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop.shared import get_manager
                from shop.web import handle


                async def test_handle(context):
                    manager = get_manager(context)
                    with patch("shop.web.get_manager", return_value=manager):
                        await handle(None, None)
                """,
        }
        | SHOP,
        [{"concept": "manager", "symbol": "shop.shared:get_manager"}],
        {
            "shop/web.py": """
                from shop.factory import create_manager


                async def handle(socket, context):
                    manager = await create_manager(context)
                    await manager.send("hello")
                """,
            "tests/test_web.py": """
                from unittest.mock import patch

                from shop.factory import create_manager
                from shop.web import handle


                async def test_handle(context):
                    manager = await create_manager(context)
                    with patch("shop.web.create_manager", return_value=manager):
                        await handle(None, None)
                """,
        },
        config=CONFIG,
        id="patch-in-a-file-that-changes-too",
    ),
    Example(
        {
            "shop/web.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def desktop(context: UserContext):
                    manager = create_manager(context)
                    await manager.send("hello")


                async def mobile(context: UserContext):
                    manager = await create_manager(None)
                    await manager.send("hello")


                async def later(loop, context: UserContext):
                    return loop.create_task(create_manager(context))
                """
        }
        | SHOP,
        EVERYWHERE,
        {
            "shop/web.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def desktop(context: UserContext):
                    manager = await create_manager(context)
                    await manager.send("hello")


                async def mobile(context: UserContext):
                    manager = await create_manager(context)
                    await manager.send("hello")


                async def later(loop, context: UserContext):
                    return loop.create_task(create_manager(context))
                """
        },
        config=CONFIG,
        refused=("shop/shared.py:3: no context is in scope in the module's own code",),
        id="await-and-context",
    ),
    Example(
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext, texts):
                    managers = [Manager(context) for text in texts]
                    for manager in (Manager(context) for text in texts):
                        managers.append(manager)
                    return managers
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager
                from shop.manager import Manager


                async def greet(context: UserContext, texts):
                    managers = [await create_manager(context) for text in texts]
                    for manager in (Manager(context) for text in texts):
                        managers.append(manager)
                    return managers
                """
        },
        config=CONFIG,
        refused=("shop/chat.py:7: create_manager is async and the generator expression around it is not",),
        id="comprehensions",
    ),
    Example(
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext, rooms):
                    return [[Manager(context) for text in room] for room in rooms]


                async def first(context: UserContext, rooms):
                    return [[text for text in Manager(context).texts] for room in rooms]
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager
                from shop.manager import Manager


                async def greet(context: UserContext, rooms):
                    return [[Manager(context) for text in room] for room in rooms]


                async def first(context: UserContext, rooms):
                    return [[text for text in (await create_manager(context)).texts] for room in rooms]
                """
        },
        config='target-python = "3.10"\n' + CONFIG,
        refused=(
            "shop/chat.py:6: create_manager is async, and Python 3.10 takes no await in a comprehension within another",
        ),
        id="nested-comprehensions-before-3.11",
    ),
    Example(
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.manager import Manager


                async def greet(context: UserContext, rooms):
                    return [[Manager(context) for text in room] for room in rooms]


                async def first(context: UserContext, rooms):
                    return [[text for text in Manager(context).texts] for room in rooms]
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        {
            "shop/chat.py": """
                from shop.context import UserContext
                from shop.factory import create_manager


                async def greet(context: UserContext, rooms):
                    return [[await create_manager(context) for text in room] for room in rooms]


                async def first(context: UserContext, rooms):
                    return [[text for text in (await create_manager(context)).texts] for room in rooms]
                """
        },
        config='target-python = "3.11"\n' + CONFIG,
        id="nested-comprehensions-from-3.11",
    ),
    Example(
        {
            "shop/chat.py": """
                from shop.manager import Manager


                async def greet(context, options):
                    return Manager(context, retries=3), Manager(**options)
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/chat.py"}],
        config=CONFIG,
        refused=("create_manager does not take", "hidden behind a star"),
        id="arguments-that-do-not-fit",
    ),
    Example(
        {
            "shop/loud.py": """
                from shop.manager import Manager


                class LoudManager(Manager):
                    async def send(self, event):
                        await super().send(event.upper())


                async def greet(context):
                    return LoudManager(context)
                """
        }
        | SHOP,
        [{"concept": "manager", "within": "shop/loud.py"}],
        config=CONFIG,
        refused=("LoudManager has send of its own, which what create_manager gives may lack",),
        id="class-derived-from-it",
    ),
    Example(
        SHOP,
        [{"concept": "manager", "symbol": "shop.shared:_manager"}],
        config=CONFIG,
        refused=("shop/shared.py:3: shop.shared:_manager is shared by all who read it",),
        id="shared-instance",
    ),
)
