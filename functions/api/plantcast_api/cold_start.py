"""Cold starts: while the handler is imported, Pydantic puts off building each model's validator.

A cold start needs the models of one route, and importing FastAPI and all of ours takes a quarter less time.
It is set on Pydantic's base class, because FastAPI's own models are most of it; so this must be imported
before FastAPI is, and `end` called after, lest models of others be deferred too.

A model of a request body must set it back (`defer_build=False`): FastAPI mutes Pydantic's
UnsupportedFieldAttributeWarning while it makes the body's field, and a later build would show it.
"""

from pydantic import BaseModel

BaseModel.model_config["defer_build"] = True


def end() -> None:
    """Let models declared from now on be built at once again."""
    BaseModel.model_config.pop("defer_build", None)
