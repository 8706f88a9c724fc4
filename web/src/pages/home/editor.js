// The dialog in which a plant is put on the shelf, changed or removed.
import { el } from "../../core/dom.js";
import { HOUR_MS, dayOf, kstTime } from "../../core/kst.js";
import { BALCONY_OFFSETS, NAME_LENGTH, PLACES, ROOM_TEMPERATURES, keepPlant, newPlant, plantsOnShelf, removePlant } from "../../core/shelf.js";
import { choice, localized } from "../parts.js";

const MORNING = "08:00"; // the time of a watering of which the day alone is known
const DAYS_AGO = [["today", 0], ["yesterday", 1], ["twoOrThree", 2]];

/** Ask about `plant` (null: a new one); keep what the reader says and show what follows from it. */
export function editPlant(plant, data, context) {
  const { t } = context;
  const profiles = data.plants?.plants ?? [];
  const isNew = plant === null || Boolean(plant.temporary);
  const first = plant?.profile ?? profiles.find(({ id }) => id !== "default")?.id ?? "default";
  const draft = isNew ? newPlant(first) : { ...plant };
  const dialog = el("dialog", { class: "editor", "aria-labelledby": "editor-title" });
  const close = (chosen) => {
    dialog.close();
    context.showPlant(chosen);
    document.querySelector(`[data-key="${CSS.escape(chosen.key)}"] .shelf-choose`)?.focus({ preventScroll: true });
    context.reload();
  };
  const cancel = el("button", { type: "button", class: "button" }, t.cancel);
  cancel.addEventListener("click", () => dialog.close());
  const form = el("form", { method: "dialog" },
    el("h2", { id: "editor-title" }, isNew ? t.addTitle : t.editTitle),
    fieldsOf(draft, profiles, t),
    el("p", { class: "editor-buttons" },
      !isNew && removal(() => { removePlant(plant.key); close(plantsOnShelf()[0]); }, t), cancel,
      el("button", { type: "submit", class: "button button-main" }, t.save)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    keepPlant(draft);
    close(draft);
  });
  dialog.append(form);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** The fields, which write into `draft`. */
function fieldsOf(draft, profiles, t) {
  const options = profiles.length > 0 ? profiles.map((one) => [one.id, localized(one, "name", t)]) : [[draft.profile, draft.profile]];
  const profile = el("select", { id: "editor-profile" }, options.map(([value, text]) => el("option", { value, selected: value === draft.profile }, text)));
  const name = el("input", { id: "editor-name", type: "text", maxlength: NAME_LENGTH, autocomplete: "off", value: draft.name });
  name.addEventListener("input", () => { draft.name = name.value.trim(); });
  const room = numberField("room", draft, "roomTemperature", ROOM_TEMPERATURES, "22", t);
  const balcony = numberField("balcony", draft, "balconyOffset", BALCONY_OFFSETS, t.usual, t);
  const place = el("div", {});
  const drawPlace = () => {
    const usual = profiles.find(({ id }) => id === draft.profile)?.place ?? "outdoor";
    const chosen = draft.place ?? usual;
    place.replaceChildren(choice({
      name: "editor-place",
      label: t.placeLabel,
      options: PLACES.map((one) => [one, t.place[one]]),
      chosen,
      onChoose: (value) => {
        draft.place = value;
        showFor(value);
      },
    }));
    draft.place = chosen; // said from now on, so that what is set for it counts
    showFor(chosen);
  };
  const showFor = (value) => {
    room.hidden = value !== "indoor";
    balcony.hidden = value !== "balcony";
  };
  profile.addEventListener("change", () => {
    Object.assign(draft, { profile: profile.value, place: null });
    drawPlace();
  });
  drawPlace();
  return [
    field("profile", t.kindOfPlant, profile),
    field("name", t.ownName, name),
    el("div", { class: "field" }, el("span", {}, t.placeLabel), place),
    room,
    balcony,
    wateredField(draft, t),
  ];
}

const field = (id, label, input, ...more) => el("div", { class: "field" }, el("label", { for: `editor-${id}` }, label), input, more);

function numberField(id, draft, name, [min, max], placeholder, t) {
  const input = el("input", { id: `editor-${id}`, type: "number", inputmode: "decimal", min, max, step: 0.5, placeholder, value: draft[name] ?? "" });
  input.addEventListener("input", () => { draft[name] = input.value === "" ? null : input.valueAsNumber; });
  return field(id, t.editorLabels[id], input);
}

/** When it was last watered: by the day, in a few presses. The waterings before it stay. */
function wateredField(draft, t) {
  const { watered } = draft;
  const before = watered.slice(0, -1);
  const now = Date.now();
  const dayAgo = (days) => dayOf(kstTime(now - days * 24 * HOUR_MS));
  const input = el("input", { id: "editor-watered", type: "date", min: dayAgo(118), max: dayAgo(0), value: watered.at(-1)?.slice(0, 10) ?? "" });
  const buttons = [...DAYS_AGO, ["unknown", null]].map(([name, days]) => {
    const button = el("button", { type: "button", class: "button button-small", "data-ago": name }, t.wateredAgo[name]);
    button.addEventListener("click", () => {
      input.value = days === null ? "" : dayAgo(days);
      changed();
    });
    return [button, days === null ? "" : dayAgo(days)];
  });
  const showChosen = () => buttons.forEach(([button, value]) => button.setAttribute("aria-pressed", String(value === input.value)));
  const changed = () => {
    const day = input.value;
    const time = [`${day}T${MORNING}`, kstTime(now).slice(0, 16)].sort()[0]; // not later than now
    draft.watered = day === "" ? [] : day === watered.at(-1)?.slice(0, 10) ? watered : [...before.filter((one) => one < time), time];
    showChosen();
  };
  input.addEventListener("input", changed);
  showChosen();
  return field("watered", t.lastWatered, input, el("div", { class: "editor-ago" }, buttons.map(([button]) => button)));
}

/** Asks once more in its own place. */
function removal(remove, t) {
  const button = el("button", { type: "button", class: "button button-remove", "data-action": "remove" }, t.remove);
  let asked = false;
  button.addEventListener("click", () => {
    if (asked) return remove();
    asked = true;
    button.textContent = t.removeSure;
  });
  return button;
}
