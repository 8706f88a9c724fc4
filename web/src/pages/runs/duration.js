// How long something took, in words.

/** `4.6초`, `38초`, `1분 12초`, `2시간 5분`. */
export function duration(seconds, t) {
  if (!Number.isFinite(seconds)) return "–";
  if (seconds < 0.05) return t.runs.instant;
  if (seconds < 9.95) return t.runs.seconds(seconds.toFixed(1));
  const whole = Math.round(seconds);
  if (whole < 60) return t.runs.seconds(whole);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return t.runs.minutes(minutes, whole % 60);
  const all = Math.round(seconds / 60);
  return t.runs.hours(Math.floor(all / 60), all % 60);
}

/** The middle one of some numbers; null of none. */
export function median(values) {
  if (values.length === 0) return null;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
