// Arithmetic of an axis: no DOM, no colours.

/** Round axis values that cover every number of `values` with about `count` steps of 1, 2, 5 or 10 times a power of ten. */
export function roundTicks(values, count, [floor, ceiling] = [-Infinity, Infinity]) {
  const known = values.filter(Number.isFinite);
  const low = known.length > 0 ? Math.min(...known) : 0;
  const high = known.length > 0 ? Math.max(...known) : 1;
  const rough = Math.max(high - low, Math.abs(high) / 100, 1e-6) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough * 0.999);
  const first = Math.max(Math.floor(low / step + 1e-9) * step, floor);
  const last = Math.min(Math.max(Math.ceil(high / step - 1e-9) * step, first + step), ceiling);
  const ticks = [];
  for (let index = 0; first + index * step <= last + step / 1000; index += 1) ticks.push(Number((first + index * step).toPrecision(12)));
  return ticks;
}
