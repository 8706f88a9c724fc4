"""The HTTP API: routes and their models. Slim on purpose: no data libraries are imported."""

from pydantic import BaseModel

# A model's validator is built when it is first used, not when its class is read: a cold start needs the
# models of one route, and importing FastAPI and all of ours takes a quarter less time. On the base class,
# because FastAPI's own models are most of it; so it must be set before FastAPI is imported, as it is here.
#
# A model of a request body must set it back (`defer_build=False`): FastAPI mutes Pydantic's
# UnsupportedFieldAttributeWarning while it makes the body's field, and a later build would show it.
BaseModel.model_config["defer_build"] = True
