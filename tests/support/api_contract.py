"""What Schemathesis holds the API to, in this process and through API Gateway: one set of rules for both."""

from __future__ import annotations

import schemathesis

SEED = 108  # a failure found today is found tomorrow


def config(*, through_the_gateway: bool = False) -> schemathesis.Config:
    """Return Schemathesis' settings."""
    return schemathesis.Config.from_dict(
        {
            "seed": SEED,
            "generation": {
                "deterministic": True,
                # A parameter that no route knows is ignored, as is usual on the web.
                "allow-extra-parameters": False,
            },
            # Every value of every parameter at its limits: some hundred calls, so only in this process.
            "phases": {"coverage": {"enabled": not through_the_gateway}},
            "checks": {
                # A text can be in order for the schema and still name no time zone or no day.
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "401", "404", "409", "422"]},
                # Of a method that the template does not route, API Gateway says 403 and not 405.
                "unsupported_method": {"enabled": not through_the_gateway},
            },
        }
    )
