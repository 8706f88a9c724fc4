// The observed and the forecast hours as a chart, beneath the sky of the next day.
import { chartParts } from "../../charts/lines.js";
import { el } from "../../core/dom.js";
import { clockOf, hourOf } from "../../core/kst.js";
import { isNight } from "../../core/sun.js";
import { TARGETS, card, folded } from "../parts.js";
import { number, presentOf, rangeText, standsInside, withUnit } from "./hours.js";
import { onHour } from "./shelf.js";
import { rainText, skyIcon, skyTexts } from "./sky.js";

const [TEMPERATURE] = TARGETS;
const SKY_STEP = 3; // hours from one picture of the sky to the next,
const SKY_PICTURES = 8; // for a day
const TICK_HOURS = 6; // between the days' headings: 06, 12 and 18
const NIGHT_STEPS = 6; // an hour: sunset and sunrise to ten minutes
const HOUR_STEP_MS = 3_600_000 / NIGHT_STEPS;

export const hoursCard = (hours, now, t) =>
  card("hours", t.hourByHour,
    skyAhead(hours, t),
    chartParts("hours", [
      ["observed", t.observed],
      ["line", standsInside(hours) ? t.outsideExpected : t.expected],
      standsInside(hours) && ["ink", t.whereItStands],
      ["band", t.range, " · ", t.rangeMeaning],
      ["limit", t.limit],
      ["night", t.night],
    ].filter(Boolean), t),
    folded(t, el("div", { id: "table" })));

/** The sky every three hours (03, 06, 09, …) of the next 24; null where nothing is known of it. */
function skyAhead(hours, t) {
  const shown = hours.slice(presentOf(hours) + 1).filter(({ time }) => hourOf(time) % SKY_STEP === 0).slice(0, SKY_PICTURES);
  if (!shown.some((hour) => skyTexts(hour, t).length > 0)) return null;
  return [
    el("p", { class: "card-help", id: "sky-title" }, t.skyTitle),
    el("ol", { class: "sky-hours", "aria-labelledby": "sky-title" }, shown.map((hour) => el("li", {},
      el("span", { class: "soft" }, t.clockHour(clockOf(hour.time).slice(0, 2))),
      skyIcon(hour, t),
      el("b", {}, withUnit(hour.temperature.value, whole(TEMPERATURE))),
      hour.rain !== null && el("span", { class: "sky-rain" }, el("span", { class: "visually-hidden" }, `${t.rainName} `), rainText(hour.rain))))),
  ];
}

/** A forecast's decimals say nothing: its range is degrees wide. */
const whole = (quantity) => (quantity.target ? { ...quantity, decimals: 0 } : quantity);

/** What charts/lines.js draws. */
export function chartSpec(hours, quantities, t) {
  const present = presentOf(hours);
  const back = el("button", { type: "button", class: "picked-back", "data-action": "home", "aria-label": t.backToNow }, t.now);
  return {
    key: `${hours.length} ${hours.at(-1).time}`,
    label: t.chartLabel,
    x: hours.map((_, index) => index),
    picked: present,
    home: present,
    onPick: (index) => onHour(index === present ? null : hours[index].time),
    now: hours[present].isNow ? present : null,
    marks: hours.flatMap((hour, index) => (hour.day === hours[index - 1]?.day ? [] : [{ at: index, text: hour.dayName }])),
    nights: nightsOf(hours),
    xTicks: () => hours.flatMap(({ time }, at) => {
      const hour = hourOf(time);
      return hour > 0 && hour % TICK_HOURS === 0 ? [{ at, text: String(hour).padStart(2, "0") }] : [];
    }),
    valueText: (index) => hourText(hours[index], quantities, t),
    show: (index) => readout(hours[index], quantities, index !== present && back, t),
    panels: quantities.map((quantity) => panel(hours, quantity, t)),
  };
}

/** From sunset to sunrise, `[[from, to]]` in hours from the first one. */
function nightsOf(hours) {
  const [{ time, place }] = hours;
  const nights = [];
  for (let step = 0; step <= (hours.length - 1) * NIGHT_STEPS; step += 1) {
    if (!isNight(Date.parse(time) + step * HOUR_STEP_MS, place)) continue;
    const at = step / NIGHT_STEPS;
    const last = nights.at(-1);
    if (last && at - last[1] < 1.5 / NIGHT_STEPS) last[1] = at;
    else nights.push([at, at]);
  }
  return nights;
}

function panel(hours, { name, target, unit, colour, bounds, limits }, t) {
  const values = (shown, kind = "value") => hours.map((hour, index) => (shown(hour, index) ? hour[name][kind] : null));
  // The observed hours beside forecast ones join the two lines, so that nothing seems to jump in between.
  const isAhead = (_, index) => [index - 1, index, index + 1].some((one) => hours[one]?.observed === false);
  return {
    title: `${t[name]}${unit}`,
    height: target ? 7.6 : 5.5,
    bounds,
    include: target ? [] : [0], // a room's air hardly changes: hundredths of a kPa must not fill the panel
    series: [
      { values: values(isAhead), colour },
      { values: values((hour) => hour.observed), colour: "--soft" },
      ...(target && standsInside(hours) ? [{ values: values(() => true, "inside"), colour: "--ink" }] : []),
    ],
    band: target && { low: values(() => true, "low"), high: values(() => true, "high"), colour },
    limits: limits.map(({ kind, threshold }) => ({ value: threshold, text: `${t.limitKind[kind] ?? t.limit} ${threshold}${unit}` })),
  };
}

/** The picked hour's values, above the chart; `back` leads to the present hour. */
const readout = (hour, quantities, back, t) => [
  el("p", { class: "picked-when" }, `${hour.dayName} `, el("strong", {}, t.hour(hourOf(hour.time))), " ",
    hour.isNow ? el("span", { class: "picked-now" }, t.now) : back, " ",
    skyTexts(hour, t).length === 0 // a sky is always forecast; one line has no room for both
      ? el("small", {}, hour.observed ? t.observed : t.expected)
      : el("span", { class: "picked-sky" }, skyIcon(hour, t), el("small", {}, skyTexts(hour, t).slice(-1)))),
  ...quantities.map((exact) => {
    const quantity = hour.observed ? exact : whole(exact);
    const { value, low, high, inside, reached } = hour[quantity.name];
    const mark = reached && el("span", { title: t.limit }, " ●");
    return el("p", { class: `picked-value picked-${quantity.name}` },
      el("small", {}, t[quantity.name], inside !== null && ` · ${t.outside}`),
      el("b", {}, withUnit(value, quantity), inside === null && mark),
      quantity.target && el("small", {}, `${t.range} `, el("span", {}, rangeText(low, high, quantity))),
      inside !== null && el("span", { class: "picked-inside" }, el("small", {}, `${t.whereItStands} `), el("b", {}, withUnit(inside, quantity), mark)));
  }),
];

/** An hour in a sentence, for screen readers. */
function hourText(hour, quantities, t) {
  const parts = quantities.map((exact) => {
    const quantity = hour.observed ? exact : whole(exact);
    const { value, low, high, inside } = hour[quantity.name];
    if (value === null) return `${t[quantity.name]} ${t.noValue}`;
    const range = low === null ? "" : `, ${t.rangeSpan(number(low, quantity), number(high, quantity), quantity.unit)}`;
    const placed = inside === null ? "" : `, ${t.whereItStands} ${withUnit(inside, quantity)}`;
    return `${t[quantity.name]} ${withUnit(value, quantity)}${range}${placed}`;
  });
  return [`${hour.dayName} ${t.hour(hourOf(hour.time))}, ${hour.observed ? t.observed : t.expected}`, ...skyTexts(hour, t), ...parts].join(". ");
}
