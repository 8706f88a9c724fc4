// Which day is today, and is the forecast too old to act on?
import { dayOf, daysBetween, hoursSince, kstTime } from "../../core/kst.js";

// As the API (plantcast.forecasting.issued.STALE_AFTER), which cannot update the flag of a cached answer.
const STALE_AFTER_HOURS = 36;

/** Is a forecast, or the advice made from it, too old to act on, by the API or by `now` (epoch ms)? */
export const isStale = (issued, now) =>
  issued.stale === true || (issued.source !== "replay" && hoursSince(issued.issued_at, now) > STALE_AFTER_HOURS);

/**
 * Can the reader's clock date the forecast? Not a replay, nor a forecast issued in the reader's future: the deployment's clock
 * stands elsewhere. An hour of grace for a reader's clock that runs slow.
 */
export const isOnReadersClock = (forecast, now) => forecast.source !== "replay" && hoursSince(forecast.issued_at, now) > -1;

/** The reader's calendar day; where the reader's clock does not apply, the one the API calls today (null: none). */
function todayOf(forecast, now) {
  if (isOnReadersClock(forecast, now)) return dayOf(kstTime(now));
  return forecast.days.find((day) => day.label === "today")?.date ?? null;
}

/** `Today`, `Tomorrow`, …, or "" for a day that only its date can name; a page may stay open past midnight. */
export function relativeDay(day, forecast, now, t) {
  const today = todayOf(forecast, now);
  const name = { "-2": "dayBefore", "-1": "yesterday", 0: "today", 1: "tomorrow" }[today && daysBetween(today, day)];
  return t.relative[name] ?? "";
}

/** The days to show: those gone by are dropped unless nothing else is left. */
export function daysToShow(days, forecast, now) {
  const today = todayOf(forecast, now);
  const left = days.filter((day) => today === null || day.date >= today);
  return left.length > 0 ? left : days;
}
