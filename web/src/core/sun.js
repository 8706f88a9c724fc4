// Day or night, by the sun.

// The sun's upper edge at the horizon: half its width and the refraction there, 50 minutes of arc.
const HORIZON = Math.sin((-50 / 60) * (Math.PI / 180));

/**
 * Is the sun down at `epochMs` at a place (degrees north and east)? Declination and equation of time after Spencer (1971), as in
 * plantcast.common.sun; sunrise and sunset are right to about a minute.
 */
export function isNight(epochMs, { latitude, longitude }) {
  const day = (epochMs - Date.UTC(new Date(epochMs).getUTCFullYear(), 0)) / 86_400_000;
  const angle = (2 * Math.PI * day) / 365.25;
  const [sin, cos] = [1, 2, 3].reduce(([sines, cosines], n) => [[...sines, Math.sin(n * angle)], [...cosines, Math.cos(n * angle)]], [[], []]);
  const declination = 0.006918 - 0.399912 * cos[0] + 0.070257 * sin[0] - 0.006758 * cos[1] + 0.000907 * sin[1] - 0.002697 * cos[2] + 0.00148 * sin[2];
  const equationOfTime = 229.18 * (0.000075 + 0.001868 * cos[0] - 0.032077 * sin[0] - 0.014615 * cos[1] - 0.040849 * sin[1]);
  const hourAngle = (((day % 1) * 1440 + equationOfTime + 4 * longitude) / 4 - 180) * (Math.PI / 180);
  const place = (latitude * Math.PI) / 180;
  return Math.sin(place) * Math.sin(declination) + Math.cos(place) * Math.cos(declination) * Math.cos(hourAngle) < HORIZON;
}
