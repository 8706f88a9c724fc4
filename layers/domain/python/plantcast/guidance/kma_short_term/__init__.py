"""The KMA's short-term forecast (단기예보, data.go.kr 15084084, `getVilageFcst`).

issues   when issues are made and released
client   requests an issue for a cell of the grid, page by page
items    the service's items as a guidance table
feed     keeps the issues of the last days in the guidance lake
"""

from plantcast.guidance.kma_short_term.client import ShortTermClient
from plantcast.guidance.kma_short_term.feed import ShortTermForecasts

__all__ = ["ShortTermClient", "ShortTermForecasts"]
