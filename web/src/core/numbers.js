// Numbers as the reader sees them.

/**
 * A number as text with as few decimals (at least `decimals`) as keep it on its own side of every one of `limits`: 30.4 %
 * must not read "30 %" where "30 % or less" means water.
 */
export function roundedHonestly(value, decimals, limits = []) {
  const keepsSide = (rounded) => limits.every((limit) => rounded < limit === value < limit && rounded > limit === value > limit);
  for (let places = decimals; places < decimals + 3; places += 1) {
    const text = value.toFixed(places);
    if (keepsSide(Number(text))) return unsigned(text);
  }
  return unsigned(value.toFixed(decimals + 3));
}

/** A number with `decimals`, or a dash where there is none. */
export const fixed = (value, decimals) => (Number.isFinite(value) ? unsigned(value.toFixed(decimals)) : "–");

/** A share 0…1 in per cent; rounded never to `100 %` or `0 %`, which mean exactly that. */
export const percent = (share, decimals = 0) =>
  Number.isFinite(share) ? `${roundedHonestly(share * 100, decimals, [0, 100])}\u00a0%` : "–";

/** A count with separators. */
export const count = (value, t) => (Number.isFinite(value) ? new Intl.NumberFormat(t.locale).format(value) : "–");

// "-0.0" is how JavaScript writes -0.04; no thermometer does.
const unsigned = (text) => (Number(text) === 0 ? text.replace("-", "") : text.replace("-", "−"));
