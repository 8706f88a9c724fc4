// Handing on what the page says: by the device's own dialogue, else by a copied link.

/** Share `text` with the link; return the name of the message (`t.message`) for the reader, null where the device showed enough. */
export async function share(title, text, url) {
  if (navigator.share) {
    try {
      await navigator.share({ title, text, url });
      return null;
    } catch (error) {
      if (error.name === "AbortError") return null; // closed by the reader
    }
  }
  try {
    await navigator.clipboard.writeText(url);
    return "copied";
  } catch {
    return "copyByHand";
  }
}
