"""The KMA's short-term forecast service (단기예보, getVilageFcst)."""
