// A model's error beside those of the baselines, of the model it replaced and of the benchmark, as bars.
import { el } from "../../core/dom.js";
import { dayOf } from "../../core/kst.js";
import { bar, choice, count, errorText, fullDay, share } from "../parts.js";

const ORDER = ["challenger", "champion", "benchmark", "damped_anomaly", "climatology", "persistence"];
const BLOCKS = ["leads_1_48", "leads_1_24", "leads_25_48"];

/** Bars for one block of hours, with a choice of the others. */
export function scoreBars(scores, target, t) {
  const place = el("div", { class: "bars", "aria-live": "polite" });
  const show = (block) => place.replaceChildren(...bars(scores[block], target, t));
  const blocks = BLOCKS.filter((block) => scores[block]);
  show(blocks[0]);
  return [
    el("p", { class: "card-help" }, t.models.scoresHelp(fullDay(dayOf(scores.from), t), fullDay(dayOf(scores.to), t), count(scores.pairs, t))),
    choice({
      name: `models-block-${target}`,
      label: t.models.blocksLabel,
      options: blocks.map((block) => [block, t.models.blocks[block]]),
      chosen: blocks[0],
      onChoose: show,
    }),
    place,
    el("p", { class: "small-print" }, t.models.insideBias(share(scores.coverage_80), errorText(scores.bias, target, t, 2))),
  ];
}

function bars(block, target, t) {
  const known = ORDER.filter((name) => Number.isFinite(block[name]));
  const longest = Math.max(...known.map((name) => block[name]), 1e-9);
  return known.map((name) =>
    el("div", { class: `bar-row bar-${name}`, "data-score": name },
      el("span", { class: "bar-name" }, t.models.bar[name]),
      bar(block[name] / longest),
      el("span", { class: "bar-value" }, errorText(block[name], target, t, 2))));
}
