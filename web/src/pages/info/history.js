// The latest challengers: what each scored, whether it took over, and why.
import { el } from "../../core/dom.js";
import { dayOf, fullDay } from "../../core/kst.js";
import { errorText, help, localized, tag } from "../parts.js";
import { gateTable } from "./gates.js";

const SHOWN = 5;

/** The newest versions, the rest folded away. */
export function history({ versions, target }, t) {
  if (versions.length === 0) return help(t.models.noVersions);
  const entries = versions.map((version) => entry(version, target, t));
  return [
    el("ol", { class: "versions" }, entries.slice(0, SHOWN)),
    entries.length > SHOWN && el("details", {},
      el("summary", {}, t.models.more(entries.length - SHOWN)),
      el("ol", { class: "versions", start: SHOWN + 1 }, entries.slice(SHOWN))),
  ];
}

function entry(version, target, t) {
  const { decision, problem } = version;
  const rmse = decision?.scores?.leads_1_48?.challenger;
  return el("li", { class: "version", "data-version": version.version },
    el("div", { class: "version-head" },
      outcome(version, t),
      el("strong", {}, version.trained_to ? t.models.until(fullDay(dayOf(version.trained_to), t)) : ""),
      Number.isFinite(rmse) && el("span", { class: "version-error" }, `${t.models.error} ${errorText(rmse, target, t, 2)}`)),
    decision && el("p", {}, localized(decision, "reason", t)),
    problem && el("p", { class: "caveat" }, problem),
    el("details", {},
      el("summary", {}, t.models.details),
      el("p", { class: "small-print" }, `${t.models.version} `, el("code", {}, version.version)),
      gateTable(decision, t)));
}

function outcome({ decision, in_production: inProduction, problem }, t) {
  if (inProduction) return tag("good", "●", t.models.inProduction);
  if (!decision) return problem ? tag("bad", "!", t.models.broken) : tag("plain", "–", t.models.notEvaluated);
  return decision.promoted ? tag("good", "▲", t.models.promoted) : tag("plain", "·", t.models.kept);
}
