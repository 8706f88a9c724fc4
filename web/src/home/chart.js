// The path of observed and forecast hours as a chart.
import { LineChart } from "../charts/lines.js";
import { weekdayOf } from "../core/kst.js";
import { hourText } from "./hours.js";

/** Keeps one chart over the page's life, so that a picked hour and the keyboard's place survive new data. */
export class HourChart {
  constructor(element, onPick) {
    this.chart = new LineChart(element);
    this.onPick = onPick;
    this.key = "";
  }

  update(hours, quantities, t) {
    const now = hours.findIndex((hour) => hour.isNow);
    const firstAhead = hours.findIndex((hour) => !hour.observed);
    const key = `${Date.parse(hours[0].time)} ${hours.length}`;
    const picked = key === this.key ? this.chart.picked : now >= 0 ? now : Math.max(firstAhead, 0);
    this.key = key;
    const observed = (name) => hours.map((hour) => (hour.observed ? hour[name].value : null));
    // The last observed hour joins the two lines, so that nothing seems to jump in between.
    const expected = (name) => hours.map((hour, index) => (!hour.observed || index === firstAhead - 1 ? hour[name].value : null));
    this.chart.update({
      label: t.chartLabel,
      x: hours.map((_, index) => index),
      picked,
      now: now >= 0 ? now : null,
      marks: hours.flatMap((hour, index) => (index === 0 || hour.day !== hours[index - 1].day ? [{ at: index, text: hour.dayName, short: weekdayOf(hour.day, t.locale) }] : [])),
      xTicks: (pixels) => ticksOf(hours, pixels),
      valueText: (index) => hourText(hours[index], quantities, t),
      onPick: (index) => this.onPick(hours[index]),
      panels: quantities.map((quantity) => ({
        title: `${t[quantity.name]}${quantity.unit}`,
        height: quantity.name === "dryness" ? 5.5 : 7.6,
        bounds: quantity.bounds,
        series: [
          { values: expected(quantity.name), colour: quantity.colour },
          { values: observed(quantity.name), colour: "--soft" },
        ],
        band: quantity.name === "dryness" ? undefined : {
          low: hours.map((hour) => hour[quantity.name].low),
          high: hours.map((hour) => hour[quantity.name].high),
          colour: quantity.colour,
        },
        limits: quantity.limits.map((limit) => ({ value: limit.threshold, text: `${t.limitKind[limit.kind] ?? t.limit} ${limit.threshold}${quantity.unit}` })),
      })),
    });
  }
}

/** Hours of the clock at the bottom: as many as there is room for. */
function ticksOf(hours, pixels) {
  const every = [3, 6, 12, 24].find((step) => (hours.length / step) * 30 < pixels) ?? 24;
  return hours.flatMap((hour, index) => (hour.hour % every === 0 ? [{ at: index, text: String(hour.hour).padStart(2, "0") }] : []));
}
