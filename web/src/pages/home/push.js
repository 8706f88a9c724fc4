// Push messages about the shelf's plants, at an hour the reader chooses.

/** The card that offers them; null where the deployment or the browser has none. */
export function pushCard() {
  return null;
}

/** Send the shelf anew, after it changed or a plant was watered. */
export function renewPush() {}
