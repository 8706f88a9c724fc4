// The gates a challenger has to pass, as a table.
import { el } from "../../core/dom.js";
import { fixed, roundedHonestly } from "../../core/numbers.js";
import { tag } from "../parts.js";

/** The gates of a decision; a sentence where none were stored. */
export function gateTable(decision, t) {
  const gates = decision?.gates ?? [];
  if (gates.length === 0) return el("p", { class: "card-help" }, t.models.noGates);
  const applied = gates.filter(applies);
  const passed = applied.filter((gate) => gate.passed);
  return el("table", { class: "figures gates" },
    el("caption", {}, t.models.gatesPassed(passed.length, gates.length, gates.length - applied.length)),
    el("thead", {}, el("tr", {}, [t.models.gateHead, t.models.gateValue, t.models.gateLimit].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, gates.map((gate) => row(gate, t))));
}

// A gate with nothing to compare with (no model in production yet) lets the challenger through without a limit.
const applies = (gate) => !gate.passed || Number.isFinite(gate.limit);

const row = (gate, t) =>
  el("tr", { "data-gate": gate.name, "data-passed": applies(gate) ? String(gate.passed) : "not-applicable" },
    el("th", { scope: "row" }, outcome(gate, t), el("span", { class: "gate-name" }, t.models.gate[gate.name] ?? gate.name)),
    el("td", {}, figure(gate.value, [gate.limit, gate.minimum], gate)),
    el("td", {}, limitText(gate, t)));

function outcome(gate, t) {
  if (!applies(gate)) return tag("plain", "–", t.models.notApplicable);
  return gate.passed ? tag("good", "✓", t.models.passed) : tag("bad", "✕", t.models.failed);
}

/** A number with as many decimals as tell it from the `others`; shares in per cent. */
function figure(value, others, { name }) {
  if (!Number.isFinite(value)) return "–";
  const [scale, decimals, unit] = name === "coverage_80" ? [100, 0, "\u00a0%"] : [1, 2, ""];
  const apart = others.filter((other) => Number.isFinite(other)).map((other) => other * scale);
  return `${roundedHonestly(value * scale, decimals, apart)}${unit}`;
}

function limitText(gate, t) {
  const note = gate.note && el("span", { class: "gate-than" }, t.models.note[gate.note] ?? gate.note);
  if (!Number.isFinite(gate.limit)) return note ?? "–";
  const limit = figure(gate.limit, [gate.value], gate);
  if (gate.minimum === -gate.limit) return `±${limit}`;
  if (Number.isFinite(gate.minimum)) return `${fixed(gate.minimum * 100, 0)} – ${limit}`;
  const text = gate.name === "baseline_leads_1_48" ? t.models.below(limit) : t.models.atMost(limit);
  return [text, gate.reference && el("span", { class: "gate-than" }, t.models.bar[gate.reference] ?? gate.reference), note];
}
