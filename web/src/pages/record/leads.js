// Scores by lead time.
import { chartParts, drawChart, lonely, ticks } from "../../charts/lines.js";
import { el } from "../../core/dom.js";
import { fixed, percent } from "../../core/numbers.js";
import { TARGETS, card, errorText, figures, folded, help, skillText } from "../parts.js";

const ID = "record-leads";
const DAY = 24;

/** The card; chart and table are those of the window last drawn. */
export const leadsCard = (t) =>
  card(ID, t.record.leadsTitle,
    help(t.record.leadsHelp),
    chartParts(ID, [["temperature", t.temperature], ["humidity", t.humidity]], t),
    folded(t, el("div", { id: `${ID}-table` })));

/** Draw `window` of the track record. */
export function drawLeads(window, t) {
  const targets = TARGETS.filter(({ target }) => window.targets[target])
    .map((one) => ({ ...one, dashed: one.target === "hm", scores: window.targets[one.target].by_lead }));
  const leads = targets[0].scores.rmse.map((_, index) => index + 1);
  document.getElementById(`${ID}-table`).replaceChildren(table(targets, leads, t));
  const name = (index) => t.record.ahead(index + 1);
  const values = (index) => targets.map(({ target, name: quantity, scores }) =>
    [quantity, t[`${quantity}Short`], `${errorText(scores.rmse[index], target, t)} (${skillText(scores.skill[index])})`]);
  const panel = (title, height, series) => ({ title, height, include: [0], series: series.map((one) => ({ ...one, points: lonely(one.values) })) });
  const percents = (shares) => shares.map((share) => (share === null ? null : share * 100));
  drawChart(ID, {
    key: "leads",
    label: t.record.leadsTitle,
    x: leads,
    picked: DAY - 1,
    name,
    values,
    xTicks: (pixels) => ticks(49, pixels, [3, 6, 12, 24], (lead, step) => (lead > 0 && lead % step === 0 ? String(lead) : null)),
    marks: [{ at: 1, text: t.blocks.leads_1_24 }, { at: DAY + 1, text: t.blocks.leads_25_48 }],
    panels: [
      {
        ...panel(t.record.skillPanel, 8, targets.map(({ colour, dashed, scores }) => ({ values: percents(scores.skill), colour, dashed }))),
        limits: [{ value: 0, text: "" }],
      },
      ...targets.map(({ target, colour, dashed, scores }) => panel(t.record.errorPanel[target], 5.5, [{ values: scores.rmse, colour, dashed }])),
    ],
  });
}

const table = (targets, leads, t) =>
  figures(t.record.leadsTitle,
    [t.record.leadHead, ...targets.flatMap(({ name }) => [`${t[`${name}Short`]} ${t.record.errorHead}`, t.record.skillHead, t.record.insideHead])],
    leads.map((lead, index) => [
      String(lead),
      ...targets.flatMap(({ scores, decimals }) =>
        [fixed(scores.rmse[index], decimals + 1), skillText(scores.skill[index]), percent(scores.coverage_80[index])]),
    ]));
