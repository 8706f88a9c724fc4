// What the reader chose, stored in this browser. Where storage is forbidden the page works without.
const PREFIX = "plantcast.";

/** What was stored under `name` if it is one of `allowed` (null: anything), else `fallback`. */
export function remembered(name, allowed, fallback) {
  try {
    const value = localStorage.getItem(PREFIX + name);
    return value !== null && (allowed === null || allowed.includes(value)) ? value : fallback;
  } catch {
    return fallback;
  }
}

export function remember(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {} // private windows may refuse: the choice then lasts as long as the page
}
