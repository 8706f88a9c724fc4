// Lines over a common x axis, one panel a quantity, drawn by uPlot; a value is picked by pointer or keyboard.
//
// The picture itself means nothing to a screen reader: the element is a slider whose value is read out, and whoever draws a
// chart puts a table beside it.
import uPlot from "uplot";
import { el } from "../core/dom.js";
import { roundTicks } from "./axis.js";
import { Style, drawDays, drawLimits, drawNow } from "./canvas.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -6, PageUp: 6 };
const TAP_PIXELS = 8; // a finger that moved less did not move
const nothing = () => null;

/**
 * Draws `spec` into `element`, which becomes a slider over the points: `x` numbers ascending; `label` of the slider and
 * `valueText(index)` for screen readers; `onPick(index)`; `picked` at first; `home` the index picked again when pointer, finger or
 * focus leaves, unless it is undefined; `xTicks(pixels)` → `[{at, text}]`; `marks` `[{at, text}]` headings of the stretches they
 * begin (days); `nights` `[[from, to]]` shaded in place of every second stretch; `now` an x or null; `panels` `[{title, height (rem),
 * bounds, series: [{values, colour, dashed?, points?}], band?: {low, high, colour}, limits?: [{value, text}], include?: [values
 * the axis must reach]}]`. Colours are names of CSS variables, so that a dark page has dark charts.
 */
class LineChart {
  #plots = [];
  #spec;
  #width = 0;
  #touched = null; // where a finger came down

  constructor(element, spec) {
    this.element = element;
    this.#spec = spec;
    element.classList.add("chart");
    element.tabIndex = 0;
    const attributes = { role: "slider", "aria-label": spec.label, "aria-valuemin": 0, "aria-valuemax": spec.x.length - 1 };
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    element.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["pointerdown", "pointermove"]) element.addEventListener(type, (event) => this.#point(event));
    for (const type of ["pointerleave", "pointercancel"]) element.addEventListener(type, (event) => this.#leave(event));
    element.addEventListener("focusout", () => this.goHomeUnfocused());
    this.observer = new ResizeObserver(() => Math.floor(element.clientWidth) !== this.#width && this.#draw());
    this.observer.observe(element);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this.#draw();
    this.scheme.addEventListener("change", this.repaint);
    this.#draw();
    this.pick(spec.picked);
  }

  pick(index) {
    const { x, valueText, onPick } = this.#spec;
    this.picked = Math.min(Math.max(index, 0), x.length - 1);
    this.element.setAttribute("aria-valuenow", String(this.picked));
    this.element.setAttribute("aria-valuetext", valueText(this.picked));
    this.#moveCursor();
    onPick(this.picked);
  }

  /** Pick the home point, if there is one. */
  goHome() {
    const { home } = this.#spec;
    if (home !== undefined && this.element.isConnected && this.picked !== home) this.pick(home);
  }

  /** Likewise, once neither the chart nor the text of its picked point has the focus (nor a chart drawn in its place). */
  goHomeUnfocused() {
    setTimeout(() => !document.activeElement?.closest(".chart, .picked") && this.goHome());
  }

  /** Stop listening: the element leaves the page. */
  destroy() {
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.repaint);
    for (const plot of this.#plots) plot.destroy();
  }

  #key(event) {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    if (event.key === "Escape") this.goHome();
    const target = { Home: 0, End: this.#spec.x.length - 1 }[event.key] ?? this.picked + (STEPS[event.key] ?? NaN);
    if (Number.isNaN(target)) return;
    event.preventDefault();
    this.pick(target);
  }

  #point(event) {
    const [first] = this.#plots;
    if (event.type === "pointerdown") this.#touched = event.clientX;
    if (first) this.pick(first.posToIdx(event.clientX - first.over.getBoundingClientRect().left));
  }

  /** What a tap picked stays, as there is no hovering over it; what a finger passed over does not. */
  #leave(event) {
    const tapped = event.pointerType === "touch" && event.type === "pointerleave" && Math.abs(event.clientX - this.#touched) < TAP_PIXELS;
    if (!tapped) this.goHome();
  }

  #moveCursor() {
    for (const plot of this.#plots) {
      plot.setCursor({ left: plot.valToPos(this.#spec.x[this.picked], "x"), top: 1 }, false);
    }
  }

  #draw() {
    const width = Math.floor(this.element.clientWidth);
    if (width === 0) return;
    this.#width = width;
    for (const plot of this.#plots) plot.destroy();
    const style = new Style();
    const { x, panels } = this.#spec;
    const hosts = panels.map((panel) => el("div", { class: "chart-panel", "aria-hidden": "true" }, el("p", { class: "chart-title" }, panel.title)));
    this.element.replaceChildren(...hosts);
    this.#plots = panels.map((panel, order) => {
      const place = { first: order === 0, last: order === panels.length - 1, width };
      const data = [x, ...panel.series.map((one) => one.values), ...(panel.band ? [panel.band.high, panel.band.low] : [])];
      return new uPlot(options(this.#spec, panel, place, style), data, hosts[order]);
    });
    if (this.picked !== undefined) this.#moveCursor();
  }
}

const drawn = new Map(); // by id: {chart, key, home}

/** A picked point: its name, then `[quantity, short name, text]` each in the colour of its line. */
const pickedParts = (name, values) => [
  el("strong", { class: "picked-when" }, name),
  ...values.map(([quantity, short, text]) => el("span", { class: `picked-${quantity}` }, `${short} `, el("b", {}, text))),
];

const spokenText = (name, values) => `${name}. ${values.map(([, short, text]) => `${short} ${text}`).join("; ")}`;

/**
 * Draw the chart of `chartParts(id)`; the picked point stays while `spec.key` is the same. It is shown by `spec.name(index)` and
 * `spec.values(index)` (see `pickedParts`), unless `spec` has its own `show(index)` (elements) and `valueText(index)`.
 */
export function drawChart(id, spec) {
  const before = drawn.get(id);
  before?.chart.destroy();
  // Who looks at the home point goes on with it when that moves (a new hour).
  const stays = before && before.key === spec.key && (before.home === undefined || before.chart.picked !== before.home);
  const picked = stays ? before.chart.picked : spec.picked;
  const { name, values } = spec;
  const show = spec.show ?? ((index) => pickedParts(name(index), values(index)));
  const valueText = spec.valueText ?? ((index) => spokenText(name(index), values(index)));
  const place = document.getElementById(`${id}-picked`);
  const onPick = (index) => {
    place.replaceChildren(...show(index));
    spec.onPick?.(index);
  };
  const chart = new LineChart(document.getElementById(`${id}-chart`), { ...spec, picked, valueText, onPick });
  place.addEventListener("focusout", () => chart.goHomeUnfocused());
  place.addEventListener("click", (event) => {
    if (!event.target.closest("[data-action=home]")) return;
    chart.element.focus({ preventScroll: true }); // the button goes away
    chart.goHome();
  });
  drawn.set(id, { chart, key: spec.key, home: spec.home });
}

/** The places of a chart on the page: legend `[[kind, text]]`, picked point, chart, help. */
export const chartParts = (id, legend, t) => [
  el("ul", { class: "legend" }, legend.map(([kind, ...text]) => el("li", { class: `key key-${kind}` }, text))),
  el("div", { class: "picked", id: `${id}-picked` }),
  el("div", { id: `${id}-chart`, "aria-describedby": `${id}-help` }),
  el("p", { class: "chart-help", id: `${id}-help` }, t.chartHelp),
];

/** Ticks of `textOf(index, step)` (null: none) at the finest of `steps` whose texts, `roomEach` pixels wide, fit. */
export function ticks(length, pixels, steps, textOf, roomEach = 34) {
  const step = steps.find((one) => (length / one) * roomEach < pixels) ?? steps.at(-1);
  return Array.from({ length }, (_, index) => ({ at: index, text: textOf(index, step) })).filter(({ text }) => text !== null);
}

/** Does a value have gaps on both sides? Such a value is no line and shows only as a point. */
export const lonely = (values) =>
  values.some((value, index) => value !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null);

function options(spec, panel, { first, last, width }, style) {
  const { rem } = style;
  const heading = first && spec.marks?.some((mark) => mark.text);
  const axisTicks = roundTicks(valuesOf(panel), 4, panel.bounds);
  const shownX = spec.xTicks(width - 3.9 * rem);
  const [from, to] = [spec.x[0], spec.x.at(-1)];
  const axis = { stroke: style.colour("--soft"), font: style.font(0.75), ticks: { show: false }, border: { show: false } };
  return {
    width,
    height: Math.round((panel.height + (last ? 1.9 : 0.8) + (heading ? 1.6 : 0)) * rem),
    padding: [(heading ? 1.7 : 0.5) * rem, 1.2 * rem, last ? 0 : 0.5 * rem, 0],
    legend: { show: false },
    select: { show: false },
    scales: { x: { time: false, range: [from, to === from ? from + 1 : to] }, y: { range: [axisTicks[0], axisTicks.at(-1)] } },
    axes: [
      {
        ...axis,
        show: last,
        size: 1.7 * rem,
        gap: 0.3 * rem,
        grid: { show: false },
        splits: () => shownX.map((tick) => tick.at),
        values: () => shownX.map((tick) => tick.text),
      },
      {
        ...axis,
        size: 2.6 * rem,
        gap: 0.3 * rem,
        grid: { stroke: style.colour("--rule"), width: 1 },
        splits: () => axisTicks,
        values: (_, splits) => splits.map((value) => String(value).replace("-", "−")),
      },
    ],
    series: [{}, ...panel.series.map((one) => line(one, style)), ...(panel.band ? [edge(), edge()] : [])],
    bands: panel.band
      ? [{ series: [panel.series.length + 1, panel.series.length + 2], fill: style.colour(panel.band.colour, 0.2) }]
      : [],
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      bind: Object.fromEntries(["mousedown", "mouseup", "click", "dblclick", "mousemove", "mouseleave", "mouseenter"].map((type) => [type, nothing])),
      points: {
        size: 0.7 * rem,
        width: 0.14 * rem,
        stroke: style.colour("--card"),
        show: (plot, index) => {
          // Dots on the lines alone: the edges of a range have none.
          const point = el("div", {});
          point.hidden = index > panel.series.length;
          return point;
        },
        fill: (plot, index) => style.colour(panel.series[index - 1]?.colour ?? "--ink"),
      },
    },
    hooks: {
      drawClear: [(plot) => drawDays(plot, spec, style, heading)],
      draw: [(plot) => drawLimits(plot, panel, axisTicks, style), (plot) => drawNow(plot, spec, style)],
    },
  };
}

const line = (one, style) => ({
  stroke: style.colour(one.colour),
  width: (one.dashed ? 0.11 : 0.15) * style.rem,
  dash: one.dashed ? [0.3 * style.rem, 0.25 * style.rem] : undefined,
  points: { show: one.points ?? false, size: 0.4 * style.rem, fill: style.colour(one.colour) },
  spanGaps: false,
});

const edge = () => ({ stroke: "transparent", width: 0, points: { show: false } });

const valuesOf = (panel) =>
  [...panel.series.flatMap((one) => one.values), ...(panel.band ? [...panel.band.low, ...panel.band.high] : []), ...(panel.include ?? [])];
