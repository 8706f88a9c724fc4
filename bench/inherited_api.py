"""The API that Plantcast's succeeds, as it would be written today: FastAPI on uvicorn, one SQLite file.

Our own: the same three routes, sources of their answers and habits (a connection a request, routes that block
in a thread), without its models. It reads what it answers; the predecessor computed
`/predict` anew each time.
"""

from __future__ import annotations

import os
import sqlite3
from datetime import datetime, timedelta
from pathlib import Path

from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

from plantcast.common.clock import KST

DATABASE = "INHERITED_DATABASE"

app = FastAPI(title="Inherited")


class Prediction(BaseModel):
    """One hour, as the predecessor stored it."""

    timestamp: str
    temperature: float
    humidity: float
    needs_water: bool


def fill(path: Path, first: datetime) -> None:
    """Make the file and store a path of 48 hours in it."""
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE predictions (timestamp TEXT, temperature REAL, humidity REAL)")
        connection.executemany(
            "INSERT INTO predictions VALUES (?, ?, ?)",
            [((first + timedelta(hours=hour)).isoformat(), 15 + hour % 24 / 2, 60.0) for hour in range(48)],
        )
    connection.close()


@app.get("/health")
def health() -> dict[str, str]:
    """Say that the database answers."""
    _rows("SELECT 1")
    return {"status": "ok"}


@app.get("/api/latest")
def latest() -> Prediction:
    """Return the last row."""
    return _predictions("SELECT * FROM predictions ORDER BY timestamp DESC LIMIT 1")[0]


@app.get("/predict")
def predict() -> list[Prediction]:
    """Return the path."""
    return _predictions("SELECT * FROM predictions ORDER BY timestamp")


def _predictions(query: str) -> list[Prediction]:
    rows = _rows(query)
    if not rows:
        raise HTTPException(404, "no prediction")
    return [
        Prediction(timestamp=when, temperature=ta, humidity=hm, needs_water=ta >= 30 or hm <= 30)
        for when, ta, hm in rows
    ]


def _rows(query: str) -> list[tuple[str, float, float]]:
    connection = sqlite3.connect(os.environ[DATABASE])
    try:
        return connection.execute(query).fetchall()
    finally:
        connection.close()


if __name__ == "__main__":
    import sys

    import uvicorn

    fill(Path(os.environ[DATABASE]), datetime.now(KST))
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning")
