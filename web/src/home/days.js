// Which day is today, is the forecast too old to act on: no DOM here.
import { dayOf, daysBetween, hoursSince, kstFromMoment } from "../core/kst.js";

// A run is due every 24 h; two hours allow for its retries and the wait for late observations.
const LATE_AFTER_HOURS = 26;

// As the API (plantcast.forecasting.issued.STALE_AFTER), which cannot say it of an answer that was kept.
const STALE_AFTER_HOURS = 36;

// Sources whose clock is not the reader's.
const ELSEWHEN = ["replay"];

/** Should a newer forecast have come by `now` (epoch ms)? `issued` is an answer made from a forecast. */
export const isLate = (issued, now) => isStale(issued, now) || isOlder(issued, LATE_AFTER_HOURS, now);

/** Is the forecast too old to act on: by the API, or by now? */
export const isStale = (issued, now) => issued.stale === true || isOlder(issued, STALE_AFTER_HOURS, now);

// Never a replay: its clock stands at another date, so this machine's clock says nothing about it.
const isOlder = (issued, hours, now) => !ELSEWHEN.includes(issued.source) && hoursSince(issued.issued_at, now) > hours;

/**
 * How a day stands to the reader: `today`, `tomorrow`, `yesterday` or null (then only its date may be named).
 *
 * The API labels days by the deployment's clock at the time of its answer. A page can be open, or kept, for longer,
 * so the reader's clock decides. It cannot where the deployment's clock stands elsewhere: a replay, or a forecast
 * issued in the reader's future.
 */
export function relativeDay(day, forecast, now) {
  const today = todayOf(forecast, now);
  if (today === null) return null;
  return { "-2": "dayBefore", "-1": "yesterday", 0: "today", 1: "tomorrow" }[daysBetween(today, day)] ?? null;
}

/** The reader's calendar day; where the deployment's clock stands elsewhere, the one the API calls today. */
export function todayOf(forecast, now) {
  if (isOnReadersClock(forecast, now)) return dayOf(kstFromMoment(now));
  return forecast.days.find((day) => day.label === "today")?.date ?? null;
}

/** The days to show, each with its `relative`: those gone by are dropped unless nothing else is left. */
export function daysToShow(days, forecast, now) {
  const named = days.map((day) => ({ ...day, relative: relativeDay(day.date, forecast, now) }));
  if (!isOnReadersClock(forecast, now)) return named;
  const today = dayOf(kstFromMoment(now));
  const left = named.filter((day) => day.date >= today);
  return left.length > 0 ? left : named;
}

/** The hour the reader stands in as the API writes it (up to the hour), or null where the clocks differ. */
export function hourOfNow(forecast, now) {
  return isOnReadersClock(forecast, now) ? kstFromMoment(now).slice(0, 13) : null;
}

/** Can the reader's clock say how old the forecast is? Not where the deployment's stands elsewhere. */
export function isOnReadersClock(forecast, now) {
  // An hour of grace for a reader's clock that runs slow.
  return !ELSEWHEN.includes(forecast.source) && hoursSince(forecast.issued_at, now) > -1;
}

/**
 * The days of the chosen plant's advice. Where the advice could not be had (null) or is too old, the forecast's days with a
 * neutral face and the reason in place of advice: silence must not look like "nothing to do".
 */
export function advisedDays({ forecast, advice }, now, t) {
  const why = advice === null ? t.noAdviceNow : [forecast, advice].some((issued) => isStale(issued, now)) ? t.staleAdvice : "";
  if (!why) return advice.days;
  return forecast.days.map((day) => ({ ...day, mood: "unknown", needs_water: null, [`advice_${t.language}`]: why, conditions: [] }));
}
