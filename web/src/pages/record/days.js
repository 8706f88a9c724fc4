// The RMSE of each of the last days: of the forecast issued that morning, and a night earlier.
import { chartParts, drawChart, lonely, ticks } from "../../charts/lines.js";
import { dayOf, dayText, daysBetween, later, monthDay } from "../../core/kst.js";
import { fixed } from "../../core/numbers.js";
import { TARGETS, card, errorText, figures, folded, help } from "../parts.js";
import { BLOCKS } from "./summary.js";

const ID = "record-days";

/** The card; null while no single day is listed. */
export function daysCard(days, t) {
  if (days.length === 0) return null;
  const columns = scored(days).flatMap((one) => BLOCKS.map((block) => ({ ...one, block })));
  return card(ID, t.record.daysTitle,
    help(t.record.daysHelp),
    chartParts(ID, [["solid", t.blocks.leads_1_24], ["dashed", t.blocks.leads_25_48]], t),
    folded(t, figures(t.record.daysTitle,
      [t.record.dayHead, ...columns.map(({ name, block }) => `${t[`${name}Short`]} ${t.blocks[block]}`)],
      [...days].reverse().map(({ day, scores }) => [
        dayText(day, t.locale, "short"),
        ...columns.map(({ target, block, decimals }) => fixed(scores[target]?.[block]?.rmse, decimals + 1)),
      ]))));
}

export function drawDays(days, t) {
  if (days.length === 0) return;
  const byDay = new Map(days.map((day) => [day.day, day.scores]));
  // Days without scores are gaps, not neighbours.
  const [first, last] = [days[0].day, days.at(-1).day];
  const calendar = Array.from({ length: daysBetween(first, last) + 1 }, (_, index) => dayOf(later(`${first}T00:00:00+09:00`, 24 * index)));
  const rmse = (index, target, block) => byDay.get(calendar[index])?.[target]?.[block]?.rmse ?? null;
  const name = (index) => dayText(calendar[index], t.locale, "short");
  const values = (index) => scored(days).map(({ target, name: quantity }) => {
    const known = BLOCKS.filter((block) => rmse(index, target, block) !== null);
    const texts = known.map((block) => `${t.blocks[block]} ${errorText(rmse(index, target, block), target, t)}`);
    return [quantity, t[`${quantity}Short`], texts.join(" · ") || t.record.noScore];
  });
  const tickText = (index, step) => ((calendar.length - 1 - index) % step === 0 ? monthDay(calendar[index]) : null);
  drawChart(ID, {
    key: last,
    label: t.record.daysTitle,
    x: calendar.map((_, index) => index),
    picked: calendar.length - 1,
    name,
    values,
    xTicks: (pixels) => ticks(calendar.length, pixels, [1, 2, 7, 14], tickText, 46),
    panels: scored(days).map(({ target, colour }) => ({
      title: t.record.errorPanel[target],
      height: 6.5,
      include: [0],
      series: BLOCKS.map((block) => {
        const line = calendar.map((_, index) => rmse(index, target, block));
        return { values: line, colour, dashed: block === "leads_25_48", points: lonely(line) };
      }),
    })),
  });
}

const scored = (days) => TARGETS.filter(({ target }) => days.some((day) => day.scores[target]));
