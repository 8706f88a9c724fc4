// Push messages: the card that turns them on for this browser, and what keeps the subscription like the shelf.
import { el } from "../../core/dom.js";
import { remember, remembered } from "../../core/memory.js";
import { careText } from "../../core/shelf.js";
import { card, help } from "../parts.js";

const HOURS = Array.from({ length: 24 }, (_, hour) => hour);
const EVENING = 21;
const supported = () => "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
// Safari there has push for pages on the Home Screen only. An iPad says that it is a Mac.
const onIos = () => /iPhone|iPad|iPod/.test(navigator.userAgent) || (navigator.platform === "MacIntel" && navigator.maxTouchPoints > 1);

// What is known: undefined until asked for. `key` is null where the deployment has no push, `subscription` where this browser has none.
const known = { key: undefined, subscription: undefined, changing: false, failed: false };
let work = Promise.resolve(); // one change after the other
let redraw = () => {}; // the card that is on the page

/** The card; null where browser or deployment has no push. It stays hidden until the deployment has answered. */
export function pushCard(context) {
  if (known.key === null || !(supported() || onIos())) return null;
  const body = el("div", { class: "push" });
  const section = card("push", context.t.push.title, body);
  redraw = () => {
    section.hidden = !known.key;
    if (known.key === null) section.remove();
    if (!known.key) return;
    const focused = body.contains(document.activeElement) ? document.activeElement.id : "";
    body.replaceChildren(...content(context));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  };
  redraw();
  if (known.key === undefined) inTurn(() => ask(context)).then(() => redraw(), () => {}); // asked again with the next drawing
  renewPush(context);
  return section;
}

/** Store the subscription anew if plants, station or language changed, or a day has passed; nothing if there is none. */
export function renewPush(context) {
  return inTurn(async () => {
    if (!known.subscription) return;
    const wanted = request(context);
    if (remembered("push.sent", null, "") === stamp(wanted)) return;
    await store(context, wanted);
  }).catch(() => {}); // tried again when the page is next drawn
}

function inTurn(task) {
  const done = work.then(task);
  work = done.catch(() => {});
  return done;
}

async function ask({ api }) {
  if (known.key !== undefined) return;
  const key = (await api.get("/api/push")).public_key;
  if (key !== null && supported()) {
    const registration = await navigator.serviceWorker.getRegistration();
    const existing = await registration?.pushManager.getSubscription();
    known.subscription = existing && isFor(existing, key) ? existing : null;
    // Lost by the browser, or for a key before, with which no message arrives.
    if (!known.subscription && remembered("push.sent", null, "") && Notification.permission === "granted") {
      known.subscription = await subscribe(key);
      remember("push.sent", "outdated");
    }
  }
  known.key = key;
}

function content(context) {
  const t = context.t.push;
  if (!supported()) return [help(t.install)];
  if (Notification.permission === "denied") return [help(t.denied)];
  const change = async (task) => {
    if (known.changing) return;
    known.changing = true;
    known.failed = await inTurn(task).then(() => false, () => true);
    known.changing = false;
    redraw();
  };
  const on = Boolean(known.subscription);
  const hours = el("select", { id: "push-hour" },
    HOURS.map((hour) => el("option", { value: hour, selected: hour === hourChosen() }, t.hourName(hour))));
  hours.addEventListener("change", () => {
    remember("push.hour", hours.value);
    if (on) change(() => store(context, request(context)));
  });
  const button = el("button", { type: "button", class: "button", id: "push-switch" }, on ? t.turnOff : t.turnOn);
  button.addEventListener("click", () => {
    const answer = on ? null : Notification.requestPermission(); // at once: Safari asks only while it handles the click
    change(() => (on ? turnOff(context) : turnOn(context, answer)));
  });
  return [
    help(on ? t.on : t.offer),
    el("div", { class: "push-choice" }, el("label", { for: "push-hour" }, t.hour), hours, button),
    known.failed && el("p", { class: "push-failed", role: "alert" }, t.failed),
    help(t.kept),
  ].filter(Boolean);
}

async function turnOn(context, answer) {
  if ((await answer) !== "granted") return;
  known.subscription = await subscribe(known.key);
  try {
    await store(context, request(context));
  } catch (error) {
    await known.subscription.unsubscribe();
    known.subscription = null;
    throw error;
  }
}

async function subscribe(key) {
  if (!(await navigator.serviceWorker.getRegistration())) throw new Error("no service worker"); // `ready` would never be
  const { pushManager } = await navigator.serviceWorker.ready;
  const existing = await pushManager.getSubscription();
  if (existing && !isFor(existing, key)) await existing.unsubscribe();
  return pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
}

async function turnOff({ api }) {
  const { endpoint } = known.subscription;
  await known.subscription.unsubscribe();
  known.subscription = null;
  remember("push.sent", "");
  await api.post("/api/push/unsubscribe", { endpoint }); // without it the next message finds nobody and removes it
}

/** What the API stores: see POST /api/push/subscriptions. */
function request({ shelf, station, now, t }) {
  const { endpoint, keys } = known.subscription.toJSON();
  return { endpoint, keys, station, lang: t.language, hour: hourChosen(), plants: shelf.map((plant) => careText(plant, now)) };
}

async function store({ api }, wanted) {
  await api.post("/api/push/subscriptions", wanted);
  remember("push.sent", stamp(wanted));
}

const hourChosen = () => Number(remembered("push.hour", HOURS.map(String), String(EVENING)));
// With the day: a subscription that is not renewed ends.
const stamp = (wanted) => `${new Date().toDateString()} ${JSON.stringify(wanted)}`;
const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (letter) => letter.charCodeAt(0));
const isFor = ({ options }, key) => new Uint8Array(options.applicationServerKey ?? []).join() === bytes(key).join();
