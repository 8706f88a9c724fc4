// Temperature and humidity by the hour as one SVG with two panels, and the picking of an hour by pointer or keyboard.
import { svg } from "./dom.js";
import { QUANTITIES, hourInWords } from "./hours.js";
import { bandPath, linePath, linear, roundTicks, stretches } from "./scale.js";

const STEPS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -6, PageUp: 6 };

/** Draws into `element` (which becomes a slider over the hours) and calls `onPick(hour, isNow)` whenever the hour changes. */
export class HourChart {
  constructor(element, onPick) {
    this.element = element;
    this.onPick = onPick;
    this.hours = [];
    this.width = 0;
    element.addEventListener("keydown", (event) => this.#key(event));
    for (const type of ["pointerdown", "pointermove"]) {
      element.addEventListener(type, (event) => this.#point(event));
    }
    new ResizeObserver(() => this.#draw()).observe(element);
  }

  /** Show `hours` (of hours.js); `nowIndex` is -1 when the present lies outside them. */
  update(hours, nowIndex, t) {
    const samePath = this.hours[0]?.time === hours[0].time && this.hours.length === hours.length;
    const picked = samePath ? this.picked : Math.max(nowIndex, 0);
    Object.assign(this, { hours, nowIndex, t, width: 0 });
    this.element.setAttribute("aria-label", t.chartLabel);
    this.element.setAttribute("aria-valuemin", "0");
    this.element.setAttribute("aria-valuemax", String(hours.length - 1));
    this.#draw();
    this.pick(picked);
  }

  pick(index) {
    this.picked = Math.min(Math.max(index, 0), this.hours.length - 1);
    const hour = this.hours[this.picked];
    this.element.setAttribute("aria-valuenow", String(this.picked));
    this.element.setAttribute("aria-valuetext", hourInWords(hour, this.t));
    this.#moveCursor();
    this.onPick(hour, this.picked === this.nowIndex);
  }

  #key(event) {
    const last = this.hours.length - 1;
    const target = { Home: 0, End: last }[event.key] ?? this.picked + (STEPS[event.key] ?? NaN);
    if (Number.isNaN(target) || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    this.pick(target);
  }

  #point(event) {
    if (this.hours.length === 0 || !this.x) return;
    const offset = event.clientX - this.element.getBoundingClientRect().left;
    const step = this.x(1) - this.x(0) || 1;
    this.pick(Math.round((offset - this.x(0)) / step));
  }

  #draw() {
    const width = Math.round(this.element.clientWidth);
    if (this.hours.length === 0 || width === 0 || width === this.width) return;
    this.width = width;
    // Text follows the reader's font size, and lines follow the text.
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    const roomy = width > 40 * rem;
    const frame = { left: 2.1 * rem, right: width - 0.7 * rem, top: 2 * rem, panel: (roomy ? 7.8 : 8.4) * rem, gap: 2.3 * rem };
    this.x = linear([0, this.hours.length - 1], [frame.left, frame.right]);
    const panels = QUANTITIES.map((quantity, row) => {
      const top = frame.top + 1.5 * rem + row * (frame.panel + frame.gap);
      return new Panel(quantity, this.hours, this.x, { ...frame, top, bottom: top + frame.panel, rem }, this.t);
    });
    this.panels = panels;
    const bottom = panels.at(-1).frame.bottom;
    const height = bottom + 1.7 * rem;
    this.cursor = svg("g", { class: "cursor" },
      svg("line", { y1: frame.top, y2: bottom }),
      panels.map((panel) => svg("circle", { class: `dot-${panel.quantity.name}`, r: 0.34 * rem })));
    this.element.replaceChildren(
      svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true", focusable: "false" },
        this.#days({ ...frame, bottom, rem }),
        this.#hourTicks({ bottom, rem, every: roomy ? 3 : 6 }),
        panels.map((panel) => panel.draw()),
        this.#now({ ...frame, bottom, rem }),
        this.cursor,
        panels.map((panel) => panel.words())));
    this.#moveCursor();
  }

  #days({ left, right, top, bottom, rem }) {
    const days = [...new Set(this.hours.map((hour) => hour.day))];
    return days.map((day, order) => {
      const [first, last] = stretches(this.hours.length, (index) => this.hours[index].day === day)[0];
      const [start, end] = [first === 0 ? left : this.x(first), last === this.hours.length - 1 ? right : this.x(last + 1)];
      const fits = end - start > 3.2 * rem; // a stub of a day has no room for its name
      return svg("g", { class: "day" },
        order % 2 === 1 && svg("rect", { class: "day-tint", x: start, y: 0, width: end - start, height: bottom }),
        order > 0 && svg("line", { x1: start, x2: start, y1: 0, y2: bottom }),
        fits && svg("text", { x: order === 0 ? start : start + 0.45 * rem, y: 0.7 * top }, this.hours[first].dayName));
    });
  }

  #hourTicks({ bottom, rem, every }) {
    return svg("g", { class: "hour-ticks" }, this.hours.map((hour, index) =>
      hour.hour % every === 0 && [
        svg("line", { x1: this.x(index), x2: this.x(index), y1: bottom, y2: bottom + 0.3 * rem }),
        svg("text", { x: this.x(index), y: bottom + 1.3 * rem, "text-anchor": "middle" }, String(hour.hour).padStart(2, "0")),
      ]).flat());
  }

  #now({ top, bottom, rem }) {
    if (this.nowIndex < 0) return null;
    const x = this.x(this.nowIndex);
    return svg("g", { class: "now" },
      svg("line", { x1: x, x2: x, y1: top, y2: bottom }),
      svg("circle", { cx: x, cy: top, r: 0.22 * rem }));
  }

  #moveCursor() {
    if (!this.cursor || this.picked === undefined) return;
    const [line, ...dots] = this.cursor.children;
    const x = this.x(this.picked);
    line.setAttribute("x1", x);
    line.setAttribute("x2", x);
    dots.forEach((dot, row) => {
      const { mean } = this.hours[this.picked][this.panels[row].quantity.name];
      dot.setAttribute("visibility", mean === null ? "hidden" : "inherit");
      dot.setAttribute("cx", x);
      dot.setAttribute("cy", mean === null ? 0 : this.panels[row].y(mean));
    });
  }
}

class Panel {
  constructor(quantity, hours, x, frame, t) {
    Object.assign(this, { quantity, hours, x, frame, t });
    this.series = Object.fromEntries(
      ["mean", "low", "high"].map((part) => [part, hours.map((hour) => hour[quantity.name][part])]),
    );
    const values = [...this.series.mean, ...this.series.low, ...this.series.high].filter((value) => value !== null);
    this.ticks = roundTicks(values, 4, quantity.bounds);
    this.y = linear([this.ticks[0], this.ticks.at(-1)], [frame.bottom, frame.top]);
  }

  draw() {
    const { quantity, series, x, y } = this;
    return svg("g", { class: `panel panel-${quantity.name}` },
      this.#grid(),
      this.#reached(),
      svg("path", { class: "band", d: bandPath(series.low, series.high, x, y) }),
      this.#limit(),
      svg("path", { class: "line", d: linePath(series.mean, x, y) }));
  }

  /** Title and limit, drawn last: no line may cross them. */
  words() {
    const { quantity, t } = this;
    const { left, top, rem } = this.frame;
    return svg("g", {},
      svg("text", { class: "panel-title", x: left, y: top - 0.6 * rem }, `${t[quantity.name]}${quantity.unit}`),
      this.#limitLabel());
  }

  #grid() {
    const { left, right, rem } = this.frame;
    return svg("g", { class: "grid" }, this.ticks.map((tick) => [
      svg("line", { x1: left, x2: right, y1: this.y(tick), y2: this.y(tick) }),
      svg("text", { x: left - 0.5 * rem, y: this.y(tick) + 0.3 * rem, "text-anchor": "end" }, String(tick).replace("-", "−")),
    ]).flat());
  }

  /** Hours whose expected value reaches the limit, shaded over the panel's height. */
  #reached() {
    const half = (this.x(1) - this.x(0)) / 2 || 1;
    const { left, right, top, bottom } = this.frame;
    return stretches(this.hours.length, (index) => this.hours[index][this.quantity.name].reached).map(([first, last]) => {
      const [start, end] = [Math.max(this.x(first) - half, left), Math.min(this.x(last) + half, right)];
      return svg("rect", { class: "reached", x: start, y: top, width: end - start, height: bottom - top });
    });
  }

  /** The watering limit, left out while it lies beyond the axis: the axis then shows all is well. */
  #limit() {
    if (!this.#showsLimit()) return null;
    const { left, right } = this.frame;
    const y = this.y(this.quantity.limit);
    return svg("line", { class: "limit", x1: left, x2: right, y1: y, y2: y });
  }

  #limitLabel() {
    if (!this.#showsLimit()) return null;
    const { limit, unit } = this.quantity;
    const { right, top, rem } = this.frame;
    const text = `${this.t.limit} ${limit}${unit}`;
    const width = (0.35 + 0.62 * text.length) * rem; // more than any font needs at 0.75 rem
    const y = this.y(limit);
    // Under the line where the line is the top of the axis, so that the label stays inside the panel.
    const baseline = y - top < rem ? y + rem : y - 0.4 * rem;
    return svg("text", { class: "limit", x: Math.min(this.#emptiest(width, baseline - 0.3 * rem), right - width), y: baseline }, text);
  }

  #showsLimit() {
    return this.quantity.limit >= this.ticks[0] && this.quantity.limit <= this.ticks.at(-1);
  }

  /** Where a label of `width` at height `y` may start so that curve and range keep furthest from it. */
  #emptiest(width, y) {
    const span = Math.ceil(width / (this.x(1) - this.x(0) || 1));
    const { mean, low, high } = this.series;
    const gap = (index) => {
      const heights = [mean[index], low[index], high[index]].filter((value) => value !== null).map(this.y);
      return Math.min(...heights.map((height) => Math.abs(height - y)));
    };
    const room = (start) => Math.min(...this.hours.slice(start, start + span + 1).map((_, step) => gap(start + step)));
    const starts = Array.from({ length: Math.max(this.hours.length - span, 1) }, (_, index) => index);
    return this.x(starts.reduce((best, start) => (room(start) > room(best) ? start : best), 0));
  }
}
