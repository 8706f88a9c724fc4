// The reader's plants side by side.

/** Show every plant as it is at a KST time; null: now. */
export function onHour() {}
