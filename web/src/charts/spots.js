// Where words may stand on a chart without hiding a line: geometry only, no DOM, no colours.

/**
 * Of `spots` (`[x, y]`, each the middle of a text `width` wide) the first that every one of `curves` (`[[x, y], …]`, gaps as
 * NaN) keeps `clearance` away from, up or down; when none is so free, the one with the most room.
 */
export function clearestSpot(curves, spots, width, clearance) {
  let best = spots[0];
  let most = -1;
  for (const spot of spots) {
    const room = Math.min(...curves.map((curve) => roomAt(spot, curve, width)));
    if (room >= clearance) return spot;
    if (room > most) [best, most] = [spot, room];
  }
  return best;
}

function roomAt([middle, height], curve, width) {
  let least = Infinity;
  for (let index = 1; index < curve.length; index += 1) {
    const [[fromX, fromY], [toX, toY]] = [curve[index - 1], curve[index]];
    if (toX < middle - width / 2 || fromX > middle + width / 2 || Number.isNaN(fromY + toY)) continue;
    const crosses = (fromY - height) * (toY - height) <= 0;
    least = crosses ? 0 : Math.min(least, Math.abs(fromY - height), Math.abs(toY - height));
  }
  return least;
}
