// Lines over a common x axis, one panel a quantity, drawn by uPlot; a value is picked by pointer or keyboard.
//
// The picture itself means nothing to a screen reader: the element is a slider whose value is read out, and whoever draws a
// chart puts a table beside it.
import uPlot from "uplot";
import { el } from "../core/dom.js";
import { clearestSpot } from "./spots.js";
import { roundTicks } from "./ticks.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -6, PageUp: 6 };
const nothing = () => null;

/**
 * Draws into `element`, which becomes a slider over the points.
 *
 * `update(spec)`: `x` numbers ascending; `label` of the slider and `valueText(index)` in words; `onPick(index)`; `picked` to
 * begin with; `xTicks(pixels)` → `[{at, text}]`; `marks` `[{at, text, short?}]` headings of the stretches they begin (days); `now` an x or
 * null; `panels` `[{title, height (rem), bounds, series: [{values, colour, dashed?, points?}], band?: {low, high,
 * colour}, limits?: [{value, text}], include?: [values the axis must reach], digits?}]`. Colours are names of CSS variables, so
 * that a dark page has dark charts.
 */
export class LineChart {
  #plots = [];
  #spec = null;

  constructor(element) {
    this.element = element;
    element.classList.add("chart");
    element.setAttribute("role", "slider");
    element.tabIndex = 0;
    element.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["pointerdown", "pointermove"]) element.addEventListener(type, (event) => this.#point(event));
    this.width = 0;
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(element);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.repaint = () => this.#draw();
    this.scheme.addEventListener("change", this.repaint);
  }

  update(spec) {
    this.#spec = spec;
    this.element.setAttribute("aria-label", spec.label);
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", String(spec.x.length - 1));
    this.#draw();
    this.pick(spec.picked ?? 0);
  }

  pick(index) {
    const { x, valueText, onPick } = this.#spec;
    this.picked = Math.min(Math.max(index, 0), x.length - 1);
    this.element.setAttribute("aria-valuenow", String(this.picked));
    this.element.setAttribute("aria-valuetext", valueText(this.picked));
    this.#moveCursor();
    onPick?.(this.picked);
  }

  /** Stop listening: the element leaves the page. */
  destroy() {
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.repaint);
    for (const plot of this.#plots) plot.destroy();
    this.#plots = [];
  }

  #key(event) {
    if (this.#spec === null || event.altKey || event.ctrlKey || event.metaKey) return;
    const target = { Home: 0, End: this.#spec.x.length - 1 }[event.key] ?? this.picked + (STEPS[event.key] ?? NaN);
    if (Number.isNaN(target)) return;
    event.preventDefault();
    this.pick(target);
  }

  #point(event) {
    const [first] = this.#plots;
    if (!first) return;
    const offset = event.clientX - first.over.getBoundingClientRect().left;
    this.pick(first.posToIdx(offset));
  }

  #resize() {
    const width = Math.floor(this.element.clientWidth);
    if (width !== this.width) this.#draw();
  }

  #moveCursor() {
    for (const plot of this.#plots) {
      plot.setCursor({ left: plot.valToPos(this.#spec.x[this.picked], "x"), top: 1 }, false);
    }
  }

  #draw() {
    const width = Math.floor(this.element.clientWidth);
    if (this.#spec === null || width === 0) return;
    this.width = width;
    for (const plot of this.#plots) plot.destroy();
    const style = new Style();
    const { panels } = this.#spec;
    const hosts = panels.map((panel) => el("div", { class: "chart-panel", "aria-hidden": "true" }, el("p", { class: "chart-title" }, panel.title)));
    this.element.replaceChildren(...hosts);
    this.#plots = panels.map((panel, order) => {
      const place = { first: order === 0, last: order === panels.length - 1, width };
      const data = [this.#spec.x, ...panel.series.map((one) => one.values), ...(panel.band ? [panel.band.high, panel.band.low] : [])];
      return new uPlot(options(this.#spec, panel, place, style), data, hosts[order]);
    });
    if (this.picked !== undefined) this.#moveCursor();
  }
}

/** The reader's colours and text size, read where a picture is drawn. */
class Style {
  constructor() {
    this.computed = getComputedStyle(document.documentElement);
    this.rem = parseFloat(this.computed.fontSize);
    this.family = getComputedStyle(document.body).fontFamily;
  }

  /** A colour of styles/page.css (`#rrggbb`) as a canvas takes it. */
  colour(name, alpha = 1) {
    const opacity = Math.round(alpha * 255).toString(16).padStart(2, "0");
    return `${this.computed.getPropertyValue(name).trim()}${opacity}`;
  }

  font(size, weight = 400) {
    return `${weight} ${size * this.rem}px ${this.family}`;
  }
}

function options(spec, panel, { first, last, width }, style) {
  const { rem } = style;
  const heading = first && spec.marks?.some((mark) => mark.text);
  const ticks = roundTicks(valuesOf(panel), 4, panel.bounds);
  const shownX = spec.xTicks(width - 3.9 * rem);
  const [from, to] = [spec.x[0], spec.x.at(-1)];
  const axis = { stroke: style.colour("--soft"), font: style.font(0.75), ticks: { show: false }, border: { show: false } };
  return {
    width,
    height: Math.round((panel.height + (last ? 1.9 : 0.8) + (heading ? 1.6 : 0)) * rem),
    padding: [(heading ? 1.7 : 0.5) * rem, 1.2 * rem, last ? 0 : 0.5 * rem, 0],
    legend: { show: false },
    select: { show: false },
    scales: { x: { time: false, range: [from, to === from ? from + 1 : to] }, y: { range: [ticks[0], ticks.at(-1)] } },
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
        splits: () => ticks,
        values: (_, splits) => splits.map((value) => tickText(value, panel.digits)),
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
      draw: [(plot) => drawLimits(plot, spec, panel, ticks, style), (plot) => drawNow(plot, spec, style)],
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

/** Every second stretch between marks is tinted, and each has its heading above the first panel. */
function drawDays(plot, spec, style, heading) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const marks = spec.marks ?? [];
  ctx.save();
  marks.forEach((mark, order) => {
    const start = Math.max(plot.valToPos(mark.at, "x", true), bbox.left);
    const next = marks[order + 1];
    const end = next ? plot.valToPos(next.at, "x", true) : bbox.left + bbox.width;
    if (order % 2 === 1) {
      ctx.fillStyle = style.colour("--paper");
      ctx.fillRect(start, bbox.top - (heading ? 1.6 * style.rem * ratio : 0), end - start, bbox.height + (heading ? 1.6 * style.rem * ratio : 0));
    }
    if (!heading) return;
    ctx.font = style.font(0.8125 * ratio, 700);
    ctx.fillStyle = style.colour("--ink");
    ctx.textAlign = "left";
    const text = [mark.text, mark.short ?? mark.text].find((one) => ctx.measureText(one).width + 0.6 * style.rem * ratio < end - start);
    if (text) ctx.fillText(text, start + 0.3 * style.rem * ratio, bbox.top - 0.6 * style.rem * ratio);
  });
  ctx.restore();
}

/** Limits within the axis as dashed lines with their words; one beyond it is left out: the axis then shows all is well. */
function drawLimits(plot, spec, panel, ticks, style) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const shown = (panel.limits ?? []).filter(({ value }) => value >= ticks[0] && value <= ticks.at(-1));
  const heights = shown.map(({ value }) => plot.valToPos(value, "y", true));
  ctx.save();
  ctx.strokeStyle = style.colour("--blue");
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([5 * ratio, 4 * ratio]);
  for (const y of heights) stroke(ctx, [bbox.left, y], [bbox.left + bbox.width, y]);
  ctx.setLineDash([]);
  ctx.font = style.font(0.75 * ratio, 600);
  ctx.textAlign = "center";
  ctx.textBaseline = "middle";
  ctx.lineWidth = 4 * ratio;
  ctx.lineJoin = "round";
  ctx.strokeStyle = style.colour("--card");
  ctx.fillStyle = style.colour("--blue");
  const curves = curvesOf(plot, spec, panel);
  shown.forEach(({ text }, order) => {
    if (!text) return;
    const width = ctx.measureText(text).width + 0.6 * style.rem * ratio;
    const others = heights.filter((y) => y !== heights[order]).map((y) => [[bbox.left, y], [bbox.left + bbox.width, y]]);
    const spots = spotsBeside(heights[order], bbox, width, style.rem * ratio);
    const [x, y] = clearestSpot([...curves, ...others], spots, width, 0.7 * style.rem * ratio);
    curves.push([[x - width / 2, y], [x + width / 2, y]]); // for the words of the next
    ctx.strokeText(text, x, y);
    ctx.fillText(text, x, y);
  });
  ctx.restore();
}

/** Places for words above and under a line at `y`, within the panel, the rightmost first. */
function spotsBeside(y, bbox, width, rem) {
  const heights = [y - 0.65 * rem, y + 0.75 * rem].filter((at) => at - 0.5 * rem > bbox.top && at + 0.5 * rem < bbox.top + bbox.height);
  const count = Math.max(Math.floor((2 * bbox.width) / width) - 1, 1);
  return Array.from({ length: count }, (_, step) => bbox.left + bbox.width - (width / 2) * (step + 1))
    .flatMap((x) => heights.map((at) => [x, at]));
}

/** Everything drawn in a panel, in pixels of the canvas. */
function curvesOf(plot, spec, panel) {
  const drawn = [...panel.series.map((one) => one.values), ...(panel.band ? [panel.band.low, panel.band.high] : [])];
  const xs = spec.x.map((at) => plot.valToPos(at, "x", true));
  const curves = drawn.map((values) => values.map((value, index) => [xs[index], value === null ? NaN : plot.valToPos(value, "y", true)]));
  if (spec.now === null || spec.now === undefined) return curves;
  const now = plot.valToPos(spec.now, "x", true);
  return [...curves, [[now, plot.bbox.top], [now, plot.bbox.top + plot.bbox.height]]];
}

function stroke(ctx, from, to) {
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

function drawNow(plot, spec, style) {
  if (spec.now === null || spec.now === undefined) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const x = plot.valToPos(spec.now, "x", true);
  ctx.save();
  ctx.strokeStyle = style.colour("--green");
  ctx.lineWidth = 2 * ratio;
  ctx.lineCap = "round";
  ctx.setLineDash([1, 5 * ratio]);
  stroke(ctx, [x, bbox.top], [x, bbox.top + bbox.height]);
  ctx.restore();
}

const valuesOf = (panel) =>
  [...panel.series.flatMap((one) => one.values), ...(panel.band ? [...panel.band.low, ...panel.band.high] : []), ...(panel.include ?? [])];

const tickText = (value, digits) => (digits === undefined ? String(value) : value.toFixed(digits)).replace("-", "−");
