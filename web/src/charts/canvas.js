// What a chart draws around its lines, on their canvas: nights and days, limits, the present hour.

/** The reader's colours and text size, read where a picture is drawn. */
export class Style {
  constructor() {
    this.computed = getComputedStyle(document.documentElement);
    this.rem = parseFloat(this.computed.fontSize);
    this.family = getComputedStyle(document.body).fontFamily;
  }

  /** A colour of styles/page.css (`#rrggbb`) as a canvas takes it. */
  colour(name, alpha = 1) {
    const opacity = Math.round(alpha * 255).toString(16).padStart(2, "0");
    return `${this.computed.getPropertyValue(name).trim()}${opacity}`;
  }

  font(size, weight = 400) {
    return `${weight} ${size * this.rem}px ${this.family}`;
  }
}

/** The nights, or every second stretch between marks, are tinted; each stretch has its heading above the first panel. */
export function drawDays(plot, spec, style, heading) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const marks = spec.marks ?? [];
  const above = heading ? 1.6 * style.rem * ratio : 0;
  ctx.save();
  ctx.fillStyle = style.colour("--night");
  for (const [from, to] of spec.nights ?? []) {
    const [start, end] = [from, to].map((at) => plot.valToPos(at, "x", true));
    ctx.fillRect(start, bbox.top, end - start, bbox.height);
  }
  marks.forEach((mark, order) => {
    const start = Math.max(plot.valToPos(mark.at, "x", true), bbox.left);
    const next = marks[order + 1];
    const end = next ? plot.valToPos(next.at, "x", true) : bbox.left + bbox.width;
    if (spec.nights && order > 0) {
      ctx.fillStyle = style.colour("--soft", 0.5);
      ctx.fillRect(start, bbox.top - above, ratio, bbox.height + above);
    } else if (order % 2 === 1) {
      ctx.fillStyle = style.colour("--paper");
      ctx.fillRect(start, bbox.top - above, end - start, bbox.height + above);
    }
    if (!heading) return;
    ctx.font = style.font(0.8125 * ratio, 700);
    ctx.fillStyle = style.colour("--ink");
    ctx.textAlign = "left";
    const fits = ctx.measureText(mark.text).width + 0.6 * style.rem * ratio < end - start;
    if (fits) ctx.fillText(mark.text, start + 0.3 * style.rem * ratio, bbox.top - 0.6 * style.rem * ratio);
  });
  ctx.restore();
}

/** Limits within the axis as dashed lines, each with its text at the right; one beyond the axis is left out: all is well then. */
export function drawLimits(plot, panel, axisTicks, style) {
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const right = bbox.left + bbox.width;
  ctx.save();
  ctx.font = style.font(0.75 * ratio, 600);
  ctx.textAlign = "right";
  ctx.lineJoin = "round";
  ctx.fillStyle = style.colour("--blue");
  for (const { value, text } of panel.limits ?? []) {
    if (value < axisTicks[0] || value > axisTicks.at(-1)) continue;
    const y = plot.valToPos(value, "y", true);
    const below = y - bbox.top < 1.2 * style.rem * ratio;
    dashedLine(ctx, style.colour("--blue"), 1.5 * ratio, [5 * ratio, 4 * ratio], [bbox.left, y], [right, y]);
    ctx.strokeStyle = style.colour("--card"); // around the letters, where a line runs behind them
    ctx.lineWidth = 4 * ratio;
    ctx.setLineDash([]);
    ctx.textBaseline = below ? "top" : "bottom";
    ctx.strokeText(text, right, y + (below ? 4 : -3) * ratio);
    ctx.fillText(text, right, y + (below ? 4 : -3) * ratio);
  }
  ctx.restore();
}

function dashedLine(ctx, colour, width, dash, from, to) {
  ctx.strokeStyle = colour;
  ctx.lineWidth = width;
  ctx.setLineDash(dash);
  ctx.beginPath();
  ctx.moveTo(...from);
  ctx.lineTo(...to);
  ctx.stroke();
}

export function drawNow(plot, spec, style) {
  if ((spec.now ?? null) === null) return;
  const { ctx, bbox } = plot;
  const ratio = devicePixelRatio || 1;
  const x = plot.valToPos(spec.now, "x", true);
  ctx.save();
  ctx.lineCap = "round";
  dashedLine(ctx, style.colour("--green"), 2 * ratio, [1, 5 * ratio], [x, bbox.top], [x, bbox.top + bbox.height]);
  ctx.restore();
}
