// The observed and the forecast hours as a chart, beneath the sky of the next day.
import { chartParts, ticks } from "../../charts/lines.js";
import { el } from "../../core/dom.js";
import { clockOf, hourOf } from "../../core/kst.js";
import { TARGETS, card, folded } from "../parts.js";
import { number, rangeText, withUnit } from "./hours.js";
import { rainText, skyIcon, skyTexts } from "./sky.js";

const [TEMPERATURE] = TARGETS;
const SKY_STEP = 3; // hours from one picture of the sky to the next,
const SKY_PICTURES = 8; // for a day

export const hoursCard = (hours, now, t) =>
  card("hours", t.hourByHour,
    skyAhead(hours, now, t),
    chartParts("hours", [
      ["observed", t.observed],
      ["line", t.expected],
      ["band", t.range, " · ", t.rangeMeaning],
      ["limit", t.limit],
    ], t),
    folded(t, el("div", { id: "table" })));

/** Every third of the next 24 hours; null where nothing is known of the sky. */
function skyAhead(hours, now, t) {
  const forecast = hours.filter((hour) => !hour.observed);
  const left = forecast.filter((hour) => Date.parse(hour.time) > now);
  const shown = (left.length > 0 ? left : forecast).filter((_, index) => index % SKY_STEP === 0).slice(0, SKY_PICTURES);
  if (!shown.some((hour) => skyTexts(hour, t).length > 0)) return null;
  return [
    el("p", { class: "card-help", id: "sky-title" }, t.skyTitle),
    el("ol", { class: "sky-hours", "aria-labelledby": "sky-title" }, shown.map((hour) => el("li", {},
      el("span", { class: "soft" }, t.clockHour(clockOf(hour.time).slice(0, 2))),
      skyIcon(hour, t),
      el("b", {}, withUnit(hour.temperature.value, TEMPERATURE)),
      hour.rain !== null && el("span", { class: "sky-rain" }, el("span", { class: "visually-hidden" }, `${t.rainName} `), rainText(hour.rain))))),
  ];
}

/** What charts/lines.js draws. */
export function chartSpec(hours, quantities, t) {
  const now = hours.findIndex((hour) => hour.isNow);
  const firstAhead = hours.findIndex((hour) => !hour.observed);
  return {
    key: `${Date.parse(hours[0].time)} ${hours.length}`,
    label: t.chartLabel,
    x: hours.map((_, index) => index),
    picked: now >= 0 ? now : firstAhead,
    now: now >= 0 ? now : null,
    marks: hours.flatMap((hour, index) => (hour.day === hours[index - 1]?.day ? [] : [{ at: index, text: hour.dayName }])),
    xTicks: (pixels) => ticks(hours.length, pixels, [3, 6, 12, 24], (index, step) => {
      const hour = hourOf(hours[index].time);
      return hour % step === 0 ? String(hour).padStart(2, "0") : null;
    }, 30),
    valueText: (index) => hourText(hours[index], quantities, t),
    show: (index) => readout(hours[index], quantities, t),
    panels: quantities.map((quantity) => panel(hours, firstAhead, quantity, t)),
  };
}

function panel(hours, firstAhead, { name, target, unit, colour, bounds, limits }, t) {
  const values = (shown) => hours.map((hour, index) => (shown(hour, index) ? hour[name].value : null));
  return {
    title: `${t[name]}${unit}`,
    height: target ? 7.6 : 5.5,
    bounds,
    series: [
      // The last observed hour joins the two lines, so that nothing seems to jump in between.
      { values: values((hour, index) => index >= firstAhead - 1), colour },
      { values: values((hour) => hour.observed), colour: "--soft" },
    ],
    band: target && { low: hours.map((hour) => hour[name].low), high: hours.map((hour) => hour[name].high), colour },
    limits: limits.map(({ kind, threshold }) => ({ value: threshold, text: `${t.limitKind[kind] ?? t.limit} ${threshold}${unit}` })),
  };
}

/** The picked hour's values, above the chart. */
const readout = (hour, quantities, t) => [
  el("p", { class: "picked-when" }, `${hour.dayName} `, el("strong", {}, t.hour(hourOf(hour.time))), " ",
    hour.isNow && el("span", { class: "picked-now" }, t.now), " ",
    el("small", {}, hour.observed ? t.observed : t.expected),
    el("span", { class: "picked-sky" }, skyIcon(hour, t), el("small", {}, skyTexts(hour, t).slice(-1)))),
  ...quantities.map((quantity) => {
    const { value, low, high, reached } = hour[quantity.name];
    return el("p", { class: `picked-value picked-${quantity.name}` },
      el("small", {}, t[quantity.name]),
      el("b", {}, withUnit(value, quantity), reached && el("span", { title: t.limit }, " ●")),
      quantity.target && el("small", {}, `${t.range} `, el("span", {}, rangeText(low, high, quantity))));
  }),
];

/** An hour in a sentence, for screen readers. */
function hourText(hour, quantities, t) {
  const parts = quantities.map((quantity) => {
    const { value, low, high } = hour[quantity.name];
    if (value === null) return `${t[quantity.name]} ${t.noValue}`;
    const range = low === null ? "" : `, ${t.rangeSpan(number(low, quantity), number(high, quantity), quantity.unit)}`;
    return `${t[quantity.name]} ${withUnit(value, quantity)}${range}`;
  });
  return [`${hour.dayName} ${t.hour(hourOf(hour.time))}, ${hour.observed ? t.observed : t.expected}`, ...skyTexts(hour, t), ...parts].join(". ");
}
