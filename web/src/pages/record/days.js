// The RMSE of each of the last days: as forecast on its eve, and a night earlier.
import { el } from "../../core/dom.js";
import { dayText, daysBetween, kstFromMoment } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { card, errorText, figures, folded, monthDay } from "../parts.js";
import { chartFrame, drawChart, lonely, pickedParts, ticks } from "./chart.js";

const ID = "record-days";
const TARGETS = [["ta", "temperature", "temperatureShort", "--temperature"], ["hm", "humidity", "humidityShort", "--humidity"]];
const BLOCKS = [["leads_1_24", "oneDay"], ["leads_25_48", "dayBefore"]];

/** The card; empty (null) while no single day is listed. */
export function daysCard(days, t) {
  if (days.length === 0) return null;
  const targets = scored(days);
  return card(ID, t.record.daysTitle,
    el("p", { class: "card-help" }, t.record.daysHelp),
    chartFrame(ID, t, [["solid", t.record.oneDay], ["dashed", t.record.dayBefore]]),
    folded(t, figures(t.record.daysCaption,
      [t.record.dayHead, ...targets.flatMap(([target, , short]) => BLOCKS.map(([, word]) => `${t[short]} ${t.record[word]}`))],
      [...days].reverse().map((day) => [
        dayText(day.day, t.locale, "short"),
        ...targets.flatMap(([target]) => BLOCKS.map(([block]) => fixed(day.scores[target]?.[block]?.rmse, target === "hm" ? 1 : 2))),
      ]))));
}

export function drawDays(days, t) {
  if (days.length === 0) return;
  const byDay = new Map(days.map((day) => [day.day, day.scores]));
  const calendar = between(days[0].day, days.at(-1).day);
  const rmse = (index, target, block) => byDay.get(calendar[index])?.[target]?.[block]?.rmse ?? null;
  const targets = scored(days);
  const texts = (index) => targets.flatMap(([target, , short]) => {
    const values = BLOCKS.flatMap(([block, word]) => {
      const value = rmse(index, target, block);
      return value === null ? [] : [`${t.record[word]} ${errorText(value, target, t)}`];
    });
    return [[target, t[short], values.join(" · ") || t.record.noScore]];
  });
  const name = (index) => dayText(calendar[index], t.locale, "short");
  drawChart(ID, (index) => pickedParts(name(index), texts(index)), {
    label: t.record.daysLabel,
    x: calendar.map((_, index) => index),
    picked: calendar.length - 1,
    valueText: (index) => `${name(index)}. ${texts(index).map(([, short, text]) => `${short} ${text}`).join("; ")}`,
    xTicks: (pixels) => ticks(calendar.length, pixels, [1, 2, 7, 14], (index, step) => ((calendar.length - 1 - index) % step === 0 ? monthDay(calendar[index]) : null), 46),
    panels: targets.map(([target, , , colour]) => ({
      title: t.record.errorPanel[target],
      height: 6.5,
      include: [0],
      series: BLOCKS.map(([block], order) => ({
        values: calendar.map((_, index) => rmse(index, target, block)),
        colour,
        dashed: order === 1,
        points: lonely(calendar.map((_, index) => rmse(index, target, block))),
      })),
    })),
  });
}

const scored = (days) => TARGETS.filter(([target]) => days.some((day) => day.scores[target]));

/** Every day from `first` to `last`: days without scores are gaps, not neighbours. */
const between = (first, last) =>
  Array.from({ length: daysBetween(first, last) + 1 }, (_, index) => kstFromMoment(Date.parse(`${first}T00:00+09:00`) + index * 86_400_000).slice(0, 10));
