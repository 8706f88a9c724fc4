// What this page needs of the API's answers (docs/contracts.md), checked before any of it is drawn.
import { isKst } from "../core/kst.js";

const SERIES = [
  "temperature_2m", "temperature_2m_p10", "temperature_2m_p90",
  "relative_humidity_2m", "relative_humidity_2m_p10", "relative_humidity_2m_p90",
];
export const MOODS = ["happy", "thirsty", "hot", "cold", "unknown"];

/** The first way in which a forecast breaks the contract, or "". */
export function forecastProblem(body) {
  if (!isKst(body?.origin)) return "origin";
  if (!isKst(body.issued_at)) return "issued_at";
  const times = body.hourly?.time;
  if (!Array.isArray(times) || times.length === 0 || !times.every(isKst)) return "hourly.time";
  const broken = SERIES.find((name) => !isSeries(body.hourly[name], times.length));
  if (broken) return `hourly.${broken}`;
  if (!Array.isArray(body.days) || body.days.length === 0) return "days";
  return body.days.every(isDay) ? "" : "days[]";
}

/** The first way in which a plant's advice breaks the contract, or "". */
export function adviceProblem(body) {
  if (!isKst(body?.issued_at)) return "issued_at";
  if (!Array.isArray(body.days) || body.days.length === 0) return "days";
  const whole = (day) => isDay(day) && MOODS.includes(day.mood) && [true, false, null].includes(day.needs_water) && Array.isArray(day.conditions);
  return body.days.every(whole) ? "" : "days[]";
}

/** The first way in which observations break the contract, or "". */
export function observationsProblem(body) {
  const times = body?.hourly?.time;
  if (!Array.isArray(times) || !times.every(isKst)) return "hourly.time";
  const broken = ["temperature_2m", "relative_humidity_2m"].find((name) => !isSeries(body.hourly[name], times.length));
  return broken ? `hourly.${broken}` : "";
}

const isSeries = (values, length) =>
  Array.isArray(values) && values.length === length && values.every((value) => value === null || Number.isFinite(value));

const isDay = (day) =>
  /^\d{4}-\d{2}-\d{2}$/.test(day?.date) &&
  ["temperature_min", "temperature_max", "humidity_min", "humidity_max"].every((name) => Number.isFinite(day[name]));
