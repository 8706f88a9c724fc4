// The plant's calendar: to subscribe to, so that it follows each forecast, and as a file.
import { el } from "../../core/dom.js";
import { careOf } from "../../core/shelf.js";

// Elsewhere no program answers to webcal: and the link would do nothing.
const ofApple = () => /Mac|iPhone|iPad|iPod/.test(navigator.userAgent) && !/Android|Windows/.test(navigator.userAgent);

export function calendarLinks({ api, station, chosen, now, t }) {
  const address = api.address(`/api/plants/${encodeURIComponent(chosen.profile)}/calendar.ics`, { station, lang: t.language, ...careOf(chosen, now) });
  const webcal = address.replace(/^https?:/, "webcal:");
  const reachable = address.startsWith("https:"); // by Google's servers
  const google = `https://calendar.google.com/calendar/render?cid=${encodeURIComponent(webcal)}`;
  const outcome = el("p", { class: "soft", role: "status" });
  return el("div", { class: "calendar" },
    el("p", { class: "soft" }, t.calendarHelp),
    el("p", { class: "links" },
      reachable && el("a", { class: "button", href: google, target: "_blank", rel: "noreferrer", "data-action": "google" }, t.googleCalendar),
      ofApple() && el("a", { class: "button", href: webcal, "data-action": "subscribe" }, t.appleCalendar),
      copyButton(address, outcome, t),
      el("a", { href: address, "data-action": "calendar" }, t.calendarFile)),
    outcome);
}

function copyButton(address, outcome, t) {
  const button = el("button", { type: "button", class: "button", "data-action": "copy" }, t.copyAddress);
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(address);
      outcome.replaceChildren(t.copied);
    } catch {
      // No clipboard on plain http, or not allowed: let the reader copy it.
      const shown = el("input", { class: "calendar-address", type: "url", readonly: true, value: address, "aria-label": t.calendarAddress });
      outcome.replaceChildren(t.copyByHand, shown);
      shown.select();
    }
  });
  return button;
}
