// Scores by how many hours ahead the forecast looked.
import { fixed } from "../../core/numbers.js";
import { el } from "../../core/dom.js";
import { card, errorText, figures, folded, share } from "../parts.js";
import { chartFrame, drawChart, lonely, pickedParts, ticks } from "./chart.js";

const ID = "record-leads";
const TARGETS = [["ta", "temperature", "temperatureShort", "--temperature"], ["hm", "humidity", "humidityShort", "--humidity"]];
const DAY = 24;

/** The card; chart and table are those of the window last drawn. */
export const leadsCard = (t) =>
  card(ID, t.record.leadsTitle,
    el("p", { class: "card-help" }, t.record.leadsHelp),
    chartFrame(ID, t, [["temperature", t.temperature], ["humidity", t.humidity]]),
    el("div", { id: `${ID}-table` }));

/** Draw `window` of the track record. */
export function drawLeads(window, t) {
  const targets = TARGETS.filter(([target]) => window.targets[target]);
  const of = (target) => window.targets[target].by_lead;
  const leads = Array.from({ length: 48 }, (_, index) => index + 1);
  const inPerCent = (values) => values.map((value) => (value === null ? null : value * 100));
  document.getElementById(`${ID}-table`)?.replaceChildren(table(targets, of, leads, t));
  drawChart(ID, (index) => picked(targets, of, index, t), {
    label: t.record.leadsLabel,
    x: leads,
    picked: DAY - 1,
    valueText: (index) => leadText(targets, of, index, t),
    xTicks: (pixels) => ticks(49, pixels, [3, 6, 12, 24], (lead, step) => (lead > 0 && lead % step === 0 ? String(lead) : null)),
    marks: [{ at: 1, text: t.models.blocks.leads_1_24 }, { at: DAY + 1, text: t.models.blocks.leads_25_48 }],
    panels: [
      {
        title: t.record.skillPanel,
        height: 8,
        include: [0],
        limits: [{ value: 0, text: "" }],
        series: targets.map(([target, , , colour]) => ({ values: inPerCent(of(target).skill), colour, dashed: target === "hm", points: lonely(of(target).skill) })),
      },
      ...targets.map(([target, , , colour]) => ({
        title: t.record.errorPanel[target],
        height: 5.5,
        include: [0],
        series: [{ values: of(target).rmse, colour, dashed: target === "hm", points: lonely(of(target).rmse) }],
      })),
    ],
  });
}

const skillText = (skill) => (skill === null ? "–" : `${skill < 0 ? "−" : "+"}${share(Math.abs(skill))}`);

const picked = (targets, of, index, t) =>
  pickedParts(t.record.ahead(index + 1), targets.map(([target, , short]) =>
    [target, t[short], `${errorText(of(target).rmse[index], target, t)} (${skillText(of(target).skill[index])})`]));

const leadText = (targets, of, index, t) =>
  `${t.record.ahead(index + 1)}. ${targets.map(([target, word]) =>
    `${t[word]} ${t.record.errorName} ${errorText(of(target).rmse[index], target, t)}, ${t.record.skillHead} ${skillText(of(target).skill[index])}`).join("; ")}`;

const table = (targets, of, leads, t) =>
  folded(t, figures(t.record.leadsCaption,
    [t.record.leadHead, ...targets.flatMap(([, , short]) => [`${t[short]} ${t.record.errorHead}`, t.record.skillHead, t.record.insideHead])],
    leads.map((lead, index) => [
      String(lead),
      ...targets.flatMap(([target]) => {
        const { rmse, skill, coverage_80: coverage } = of(target);
        return [fixed(rmse[index], target === "hm" ? 1 : 2), skillText(skill[index]), share(coverage[index])];
      }),
    ])));
