// Our forecasts beside the KMA's own, over the same hours.
import { chartParts, drawChart, lonely, ticks } from "../../charts/lines.js";
import { el } from "../../core/dom.js";
import { dayText } from "../../core/kst.js";
import { count, fixed, percent } from "../../core/numbers.js";
import { TARGETS, card, errorText, figures, folded, groupedFigures, help } from "../parts.js";
import { BLOCKS, gainOf, skillKind } from "./summary.js";

const ID = "record-published";

const compared = (window) => TARGETS.filter(({ target }) => window.targets[target]?.published);

/** The card; null where no window has a published forecast. What it shows is the window last drawn. */
export const publishedCard = ({ windows, source }, t) =>
  Object.values(windows).some((window) => compared(window).length > 0) && card(ID, t.record.publishedTitle,
    help(t.record.publishedHelp),
    source !== "kma" && el("p", { class: "caveat", "data-simulated": "" }, t.record.publishedSimulated),
    el("ul", { class: "lines", id: `${ID}-lines`, "aria-live": "polite" }),
    el("div", { id: `${ID}-figures` },
      chartParts(ID, [["line", t.record.ours], ["ink", t.record.theirs]], t),
      folded(t, el("div", { id: `${ID}-table` }))));

/** Draw `window`, and the `days` as a table. */
export function drawPublished(window, days, t) {
  if (document.getElementById(ID) === null) return;
  const targets = compared(window);
  document.getElementById(`${ID}-lines`).replaceChildren(...(targets.length > 0
    ? targets.flatMap((one) => sentences(one, window.targets[one.target].published, t))
    : [el("li", {}, t.record.publishedNone)]));
  document.getElementById(`${ID}-figures`).hidden = targets.length === 0;
  if (targets.length === 0) return;
  const scores = targets.map((one) => ({ ...one, ...window.targets[one.target].published.by_lead }));
  document.getElementById(`${ID}-table`).replaceChildren(leadTable(scores, t), dayTable(targets, days, t));
  const leads = scores[0].rmse.map((_, index) => index + 1);
  drawChart(ID, {
    key: "leads",
    label: t.record.publishedTitle,
    x: leads,
    picked: 23,
    name: (index) => t.record.ahead(index + 1),
    values: (index) => scores.map(({ target, name, ours, rmse }) =>
      [name, t[`${name}Short`], `${t.record.ours} ${errorText(ours[index], target, t, 2)} · ${t.record.theirs} ${errorText(rmse[index], target, t, 2)}`]),
    xTicks: (pixels) => ticks(49, pixels, [3, 6, 12, 24], (lead, step) => (lead > 0 && lead % step === 0 ? String(lead) : null)),
    marks: [{ at: 1, text: t.blocks.leads_1_24 }, { at: 25, text: t.blocks.leads_25_48 }],
    panels: scores.map(({ target, colour, ours, rmse }) => ({
      title: t.record.errorPanel[target],
      height: 5.5,
      include: [0],
      series: [{ values: ours, colour, points: lonely(ours) }, { values: rmse, colour: "--ink", points: lonely(rmse) }],
    })),
  });
}

const sentences = ({ target, name }, published, t) => BLOCKS.filter((block) => published[block]).map((block) => {
  const { hours, rmse, ours } = published[block];
  const gain = gainOf(published[block]);
  const kind = skillKind(gain);
  const errors = [ours, rmse].map((error) => errorText(error, target, t, 2));
  return el("li", { "data-target": target, "data-block": block },
    el("strong", {}, `${t[name]}, ${t.blocks[block]}: `),
    el("span", { class: `skill-${kind}` }, t.record.published[kind](...errors, percent(Math.abs(gain ?? 0)))),
    el("span", { class: "soft" }, ` ${t.record.publishedHours(count(hours, t))}`));
});

const heads = (targets, t) => targets.flatMap(({ name }) => [t.record.ours, t.record.theirs].map((who) => `${t[`${name}Short`]} ${who}`));

const leadTable = (scores, t) =>
  figures(t.record.leadsTitle, [t.record.leadHead, ...heads(scores, t)],
    scores[0].rmse.map((_, index) => [String(index + 1), ...scores.flatMap(({ ours, rmse }) => [fixed(ours[index], 2), fixed(rmse[index], 2)])]));

/** The days on which both were scored, the newest first, by block. */
const dayTable = (targets, days, t) =>
  groupedFigures(t.record.daysTitle, [t.record.dayHead, ...heads(targets, t)], BLOCKS.map((block) => [
    t.blocks[block],
    [...days].reverse()
      .map((day) => [day, targets.map(({ target }) => day.published?.[target]?.[block])])
      .filter(([, found]) => found.some(Boolean))
      .map(([day, found]) => [dayText(day.day, t.locale, "short"), ...found.flatMap((one) => [fixed(one?.ours, 2), fixed(one?.rmse, 2)])]),
  ]));
