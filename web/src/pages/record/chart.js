// A chart with the picked point in words above it; what a card puts on the page, and drawing it once it is there.
import { LineChart } from "../../charts/lines.js";
import { el } from "../../core/dom.js";

const drawn = new Map(); // by id: a chart listens to the window, so the one before must let go

/** Where the chart called `id` goes. */
export const chartFrame = (id, t, legend) => [
  legend && el("ul", { class: "legend" }, legend.map(([kind, text]) => el("li", { class: `key key-${kind}` }, text))),
  el("div", { class: "picked", id: `${id}-picked` }),
  el("div", { id: `${id}-chart`, "aria-describedby": `${id}-help` }),
  el("p", { class: "chart-help", id: `${id}-help` }, t.record.pickHelp),
];

/** Draw it; `pickedParts(index)` are the elements shown for a picked point. */
export function drawChart(id, pickedParts, spec) {
  const place = document.getElementById(`${id}-chart`);
  if (place === null) return;
  drawn.get(id)?.destroy();
  const chart = new LineChart(place);
  drawn.set(id, chart);
  chart.update({ ...spec, onPick: (index) => document.getElementById(`${id}-picked`)?.replaceChildren(...pickedParts(index)) });
}

/** A picked point: when, then `[kind, name, value]` each with the colour of its line. */
export const pickedParts = (when, values) => [
  el("strong", { class: "picked-when" }, when),
  ...values.map(([kind, name, value]) => el("span", { class: `picked-value picked-${kind}` }, `${name} `, el("b", {}, value))),
];

/** Whether a value stands between two gaps: it is no line, and shows only as a point. */
export const lonely = (values) =>
  values.some((value, index) => value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null);

/** As many of `from…to` as have room: ticks at multiples of the finest step that fits. */
export function ticks(length, pixels, steps, textOf, roomEach = 34) {
  const step = steps.find((one) => (length / one) * roomEach < pixels) ?? steps.at(-1);
  return Array.from({ length }, (_, index) => index).flatMap((index) => {
    const text = textOf(index, step);
    return text === null ? [] : [{ at: index, text }];
  });
}
