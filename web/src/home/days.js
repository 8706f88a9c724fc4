// Which day is today, is the forecast stale, which face: no DOM here.
import { dayOf, daysBetween, hoursSince, kstFromMoment } from "../core/kst.js";

// A run is due every 24 h; two hours allow for its retries and the wait for late observations.
export const STALE_AFTER_HOURS = 26;

// Sources whose clock is not the reader's.
const ELSEWHEN = ["replay"];

/**
 * Was the forecast issued too long before `now` (epoch ms)? Never for a replay: its clock stands at another date,
 * so this machine's clock says nothing about it.
 */
export function isStale(forecast, now) {
  return !ELSEWHEN.includes(forecast.source) && hoursSince(forecast.issued_at, now) > STALE_AFTER_HOURS;
}

/**
 * How a day stands to the reader: `today`, `tomorrow`, `yesterday` or null (then only its date may be named).
 *
 * The API's labels count from the origin. Between midnight and the night's run, and whenever a forecast is stale,
 * its "today" is no longer the reader's, so the reader's clock decides. It can't where the deployment's clock
 * stands elsewhere: a replay, or a forecast issued in the reader's future.
 */
export function relativeDay(day, forecast, now) {
  const today = todayOf(forecast, now);
  if (today === null) return null;
  return { "-2": "dayBefore", "-1": "yesterday", 0: "today", 1: "tomorrow" }[daysBetween(today, day)] ?? null;
}

/** The reader's calendar day; where the deployment's clock stands elsewhere, the one the API calls today. */
export function todayOf(forecast, now) {
  if (followsReadersClock(forecast, now)) return dayOf(kstFromMoment(now));
  return forecast.days.find((day) => day.label === "today")?.date ?? null;
}

/** The days to show, each with its `relative`: those gone by are dropped unless nothing else is left. */
export function daysToShow(days, forecast, now) {
  const named = days.map((day) => ({ ...day, relative: relativeDay(day.date, forecast, now) }));
  if (!followsReadersClock(forecast, now)) return named;
  const today = dayOf(kstFromMoment(now));
  const left = named.filter((day) => day.date >= today);
  return left.length > 0 ? left : named;
}

/** The hour the reader stands in as the API writes it (up to the hour), or null where the clocks differ. */
export function hourOfNow(forecast, now) {
  return followsReadersClock(forecast, now) ? kstFromMoment(now).slice(0, 13) : null;
}

function followsReadersClock(forecast, now) {
  // An hour of grace for a reader's clock that runs slow.
  return !ELSEWHEN.includes(forecast.source) && hoursSince(forecast.issued_at, now) > -1;
}

/**
 * A day of the forecast's own `days` (the default rule) in the shape of an advice's day: what is left when the advice for
 * the chosen plant cannot be had.
 */
export function adviceDayOf(day, language) {
  const water = day.plant.state === "water";
  const hot = water && day.temperature_max >= 30;
  const reasons = day.plant[`reasons_${language}`];
  return {
    ...day,
    mood: hot ? "hot" : water ? "thirsty" : "happy",
    needs_water: water,
    advice_ko: "",
    advice_en: "",
    conditions: (Array.isArray(reasons) ? reasons : []).map((reason) => ({ active: water, reason_ko: reason, reason_en: reason })),
  };
}
