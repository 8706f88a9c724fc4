// A model's error beside those of the baselines, of the model it replaced and of the benchmark, as bars.
import { el } from "../../core/dom.js";
import { dayOf, fullDay } from "../../core/kst.js";
import { count, percent } from "../../core/numbers.js";
import { barRow, errorText, help } from "../parts.js";

const ORDER = ["challenger", "champion", "benchmark", "damped_anomaly", "climatology", "persistence"];

/** Bars of the RMSE over all leads. */
export function scoreBars(scores, target, t) {
  const known = ORDER.map((name) => [name, scores.leads_1_48[name]]).filter(([, rmse]) => Number.isFinite(rmse));
  const longest = Math.max(...known.map(([, rmse]) => rmse));
  return [
    help(t.models.scoresHelp(fullDay(dayOf(scores.from), t), fullDay(dayOf(scores.to), t), count(scores.pairs, t))),
    el("ul", { class: "bars" }, known.map(([name, rmse]) =>
      barRow(name, { "data-score": name }, t.models.bar[name], rmse / longest, errorText(rmse, target, t, 2)))),
    el("p", { class: "small-print" }, t.models.insideBias(percent(scores.coverage_80), errorText(scores.bias, target, t, 2))),
  ];
}
