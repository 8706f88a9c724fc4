// Arithmetic of the chart: no DOM, no colours.

/** A function from `domain` [low, high] onto `range` [start, end], linear. */
export function linear([low, high], [start, end]) {
  const factor = (end - start) / (high - low || 1);
  return (value) => start + (value - low) * factor;
}

/** Round axis values that cover every number of `values` with about `count` steps of 1, 2, 5 or 10 times a power of ten. */
export function roundTicks(values, count, [floor, ceiling] = [-Infinity, Infinity]) {
  const known = values.filter(Number.isFinite);
  const low = known.length > 0 ? Math.min(...known) : 0;
  const high = known.length > 0 ? Math.max(...known) : 1;
  const rough = Math.max(high - low, 1) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough);
  const first = Math.max(Math.floor(low / step) * step, floor);
  const last = Math.min(Math.max(Math.ceil(high / step) * step, first + step), ceiling);
  const ticks = [];
  for (let index = 0; first + index * step <= last + step / 1000; index += 1) ticks.push(first + index * step);
  return ticks;
}

/** Stretches of consecutive indices for which `test(index)` holds, as [first, last] pairs. */
export function stretches(length, test) {
  const found = [];
  for (let index = 0; index < length; index += 1) {
    if (!test(index)) continue;
    const current = found.at(-1);
    if (current && current[1] === index - 1) current[1] = index;
    else found.push([index, index]);
  }
  return found;
}

/** SVG path of a line through `values`, broken where a value is missing. */
export function linePath(values, x, y) {
  const part = ([first, last]) =>
    range(first, last).map((index) => `${round(x(index))} ${round(y(values[index]))}`).join(" L");
  return stretches(values.length, (index) => values[index] !== null)
    .map((stretch) => `M${part(stretch)}`)
    .join(" ");
}

/** SVG path of the area between `lows` and `highs`, one closed shape for each unbroken stretch. */
export function bandPath(lows, highs, x, y) {
  return stretches(lows.length, (index) => lows[index] !== null && highs[index] !== null)
    .map(([first, last]) => {
      const there = range(first, last).map((index) => `${round(x(index))} ${round(y(highs[index]))}`);
      const back = range(first, last).reverse().map((index) => `${round(x(index))} ${round(y(lows[index]))}`);
      return `M${[...there, ...back].join(" L")} Z`;
    })
    .join(" ");
}

const range = (first, last) => Array.from({ length: last - first + 1 }, (_, index) => first + index);
const round = (value) => Math.round(value * 10) / 10;
