// What the forecast means for the page: which face, which day is today, is it stale. No DOM here.
import { dayOf, daysBetween, hoursSince, kstFromMoment } from "./kst.js";

// The inherited rule, also in the domain package: at or beyond either limit in any hour, the plant needs water.
export const HEAT_LIMIT = 30; // °C
export const DRY_LIMIT = 30; // %

// Tropical house plants suffer chilling injury somewhere below 10 to 12 °C; well under that nobody calls it mild.
// It changes the face only: the verdict is the API's.
export const COLD_FACE_BELOW = 5; // °C

// A run is due every 24 h; two hours allow for its retries and the wait for late observations.
export const STALE_AFTER_HOURS = 26;

/** Face of a day of the API's `days`: `hot`, `thirsty`, `cold` or `happy`. */
export function faceOf(day) {
  if (day.plant.state === "water") return day.temperature_max >= HEAT_LIMIT ? "hot" : "thirsty";
  return day.temperature_min < COLD_FACE_BELOW ? "cold" : "happy";
}

/** Does the expected value of an hour reach a watering limit? */
export const isHot = (temperature) => temperature !== null && temperature >= HEAT_LIMIT;
export const isDry = (humidity) => humidity !== null && humidity <= DRY_LIMIT;

/**
 * Was the forecast issued too long before `now` (epoch ms)? Never for a replay: its clock stands at another date,
 * so this machine's clock says nothing about it.
 */
export function isStale(forecast, now) {
  return forecast.source !== "replay" && hoursSince(forecast.issued_at, now) > STALE_AFTER_HOURS;
}

/**
 * How a day stands to the reader: `today`, `tomorrow`, `yesterday` or null (then only its date may be named).
 *
 * The API's labels count from the origin. Between midnight and the night's run, and whenever a forecast is stale,
 * its "today" is no longer the reader's, so the reader's clock decides. It can't where the deployment's clock
 * stands elsewhere: a replay, or a forecast issued in the reader's future.
 */
export function relativeDay(day, forecast, now) {
  if (!followsReadersClock(forecast, now)) return day.label;
  const distance = daysBetween(dayOf(kstFromMoment(now)), day.date);
  return { "-1": "yesterday", 0: "today", 1: "tomorrow" }[distance] ?? null;
}

/** The days to show, each with its `relative`: those gone by are dropped unless nothing else is left. */
export function daysToShow(forecast, now) {
  const days = forecast.days.map((day) => ({ ...day, relative: relativeDay(day, forecast, now) }));
  if (!followsReadersClock(forecast, now)) return days;
  const today = dayOf(kstFromMoment(now));
  const left = days.filter((day) => day.date >= today);
  return left.length > 0 ? left : days;
}

/** Index of the hour the reader stands in, or -1 when the path does not hold it. */
export function indexOfNow(forecast, now) {
  if (!followsReadersClock(forecast, now)) return -1;
  const hour = kstFromMoment(now).slice(0, 13);
  return forecast.hourly.time.findIndex((time) => time.startsWith(hour));
}

function followsReadersClock(forecast, now) {
  // An hour of grace for a reader's clock that runs slow.
  return forecast.source !== "replay" && hoursSince(forecast.issued_at, now) > -1;
}

/**
 * A number as text with as few decimals (at least `decimals`) as keep it on its own side of `limit`: 30.4 % must not
 * read "30 %" where "30 % or less" means water.
 */
export function roundedHonestly(value, decimals, limit) {
  for (let places = decimals; places < decimals + 3; places += 1) {
    const text = value.toFixed(places);
    const rounded = Number(text);
    if (rounded < limit === value < limit && rounded > limit === value > limit) return unsigned(text);
  }
  return unsigned(value.toFixed(decimals + 3));
}

// "-0.0" is how JavaScript writes -0.04; no thermometer does.
const unsigned = (text) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));
