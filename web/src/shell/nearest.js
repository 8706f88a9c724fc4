// The station nearest to the reader. Where the reader is stays in this browser.
const PATIENCE = { maximumAge: 600_000, timeout: 15_000 };

/** Browsers tell positions to pages of a secure origin only. */
export const canLocate = () => window.isSecureContext && "geolocation" in navigator;

/** The nearest of `stations` (ids). Rejects with a GeolocationPositionError, or as the API does. */
export async function nearestStation(api, stations) {
  const [{ coords }, answer] = await Promise.all([position(), api.get("/api/stations")]);
  const served = answer.stations.filter(({ id }) => stations.includes(id));
  const away = ({ latitude, longitude }) => arc(coords.latitude, coords.longitude, latitude, longitude);
  return served.reduce((nearest, one) => (away(one) < away(nearest) ? one : nearest)).id;
}

const position = () => new Promise((found, failed) => { navigator.geolocation.getCurrentPosition(found, failed, PATIENCE); });

/** The angle between two places given in degrees, in radians, by the haversine formula. */
function arc(latitude, longitude, otherLatitude, otherLongitude) {
  const radians = (degrees) => (degrees * Math.PI) / 180;
  const half = (from, to) => Math.sin(radians(to - from) / 2) ** 2;
  const across = Math.cos(radians(latitude)) * Math.cos(radians(otherLatitude)) * half(longitude, otherLongitude);
  return 2 * Math.asin(Math.sqrt(half(latitude, otherLatitude) + across));
}
