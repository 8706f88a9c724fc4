// The tests a challenger has to pass, as a table with a verdict in each row.
import { el } from "../../core/dom.js";
import { fixed } from "../../core/numbers.js";
import { monthAndDay, tag } from "../parts.js";

const SHARES = new Set(["coverage_80"]);

/** The gates of a decision; texts instead where none were kept. */
export function gateTable(decision, t) {
  const gates = decision?.gates ?? [];
  if (gates.length === 0) return el("p", { class: "card-help" }, t.models.noGates);
  return el("table", { class: "figures gates" },
    el("caption", {}, t.models.gatesPassed(gates.filter((gate) => gate.passed && applies(gate)).length, gates.length, gates.filter((gate) => !applies(gate)).length)),
    el("thead", {}, el("tr", {}, [t.models.gateHead, t.models.gateValue, t.models.gateLimit].map((head) => el("th", { scope: "col" }, head)))),
    el("tbody", {}, gates.map((gate) => row(gate, t))));
}

// A test with nothing to compare with (no model in production yet) lets the challenger through without a limit.
const applies = (gate) => !gate.passed || Number.isFinite(gate.limit);

const row = (gate, t) =>
  el("tr", { "data-gate": gate.name, "data-passed": applies(gate) ? String(gate.passed) : "not-applicable" },
    el("th", { scope: "row" },
      !applies(gate) ? tag("plain", "–", t.models.notApplicable) : gate.passed ? tag("good", "✓", t.models.passed) : tag("bad", "✕", t.models.failed),
      el("span", { class: "gate-name" }, nameOf(gate, t))),
    el("td", {}, figure(gate.value, gate)),
    el("td", {}, limitText(gate, t)));

const nameOf = (gate, t) => (Object.hasOwn(t.models.gate, gate.name) ? t.models.gate[gate.name] : gate.name);

/** The number that a test is about, with as many decimals as tell it from its limit. */
function figure(value, gate) {
  if (!Number.isFinite(value)) return "–";
  if (SHARES.has(gate.name)) return `${shownApart(value * 100, [gate.minimum * 100, gate.limit * 100], 0)}\u00a0%`;
  return shownApart(value, [gate.limit, gate.minimum], 2);
}

function shownApart(value, others, decimals) {
  const known = others.filter(Number.isFinite);
  for (let places = decimals; places < 4; places += 1) {
    if (known.every((other) => other === value || value.toFixed(places) !== other.toFixed(places))) return fixed(value, places);
  }
  return fixed(value, 4);
}

// A version begins with the hour it learnt until (docs/contracts.md); the day tells it from others well enough here.
const VERSION = /^(\d{4})(\d{2})(\d{2})T\d{2}-/;

function referenceText(reference, t) {
  if (Object.hasOwn(t.models.than, reference)) return t.models.than[reference];
  const [, year, month, day] = VERSION.exec(reference) ?? [];
  return year ? t.models.thanModel(monthAndDay(`${year}-${month}-${day}`, t)) : reference;
}

function limitText(gate, t) {
  const note = Object.hasOwn(t.models.note, gate.note ?? "") ? t.models.note[gate.note] : gate.note;
  if (!Number.isFinite(gate.limit)) return note ?? "–";
  const limit = SHARES.has(gate.name) ? `${fixed(gate.limit * 100, 0)}\u00a0%` : figure(gate.limit, { ...gate, limit: gate.value });
  const than = gate.reference && el("span", { class: "gate-than" }, referenceText(gate.reference, t));
  if (Number.isFinite(gate.minimum)) {
    if (gate.minimum === -gate.limit) return `±${limit}`;
    const minimum = SHARES.has(gate.name) ? fixed(gate.minimum * 100, 0) : fixed(gate.minimum, 2);
    return t.models.between(minimum, limit);
  }
  const texts = gate.name === "baseline_leads_1_48" ? t.models.below(limit) : t.models.atMost(limit);
  return el("span", {}, texts, than, note && el("span", { class: "gate-than" }, note));
}
