// The plant's faces, drawn here: a potted plant whose leaves and face show its mood. Colours are in style.css.
import { svg } from "../core/dom.js";

const LEAVES = {
  // Upright and open.
  happy: [
    "M100 112 C94 84 96 60 100 34 C112 56 112 86 100 112 Z",
    "M99 112 C82 98 62 92 50 62 C80 62 98 82 99 112 Z",
    "M101 112 C118 98 138 92 150 62 C120 62 102 82 101 112 Z",
  ],
  // Hanging over the rim.
  thirsty: [
    "M100 112 C98 92 104 72 126 62 C132 82 122 100 100 112 Z",
    "M99 112 C84 78 52 76 36 116 C60 118 84 116 99 112 Z",
    "M101 112 C116 84 152 82 166 120 C140 122 116 118 101 112 Z",
  ],
  // Drawn in close.
  cold: [
    "M100 112 C93 92 94 72 99 52 C109 70 110 92 100 112 Z",
    "M98 112 C84 102 76 86 76 64 C94 74 102 92 98 112 Z",
    "M102 112 C116 102 124 86 124 64 C106 74 98 92 102 112 Z",
  ],
};
LEAVES.hot = LEAVES.thirsty;
LEAVES.unknown = LEAVES.happy;

/** Draw a face: `happy`, `thirsty`, `cold`, `hot` or the neutral `unknown`; `label` is its name for screen readers, "" if it only adorns. */
export function drawFace(mood, label) {
  return svg(
    "svg",
    { class: `face face-${mood}`, viewBox: "0 0 200 200", ...(label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" }) },
    AROUND[mood](),
    svg("g", { class: "face-leaves" }, leaves(LEAVES[mood])),
    pot(),
    mood === "cold" && scarf(),
    eyes(mood),
    mood !== "unknown" && cheeks(),
    svg("path", { class: "face-line", d: MOUTH[mood] }),
  );
}

const MOUTH = {
  happy: "M90 160 Q100 170 110 160",
  unknown: "M91 162 h18",
  thirsty: "M91 165 Q100 157 109 165",
  cold: "M88 150 l4 -3 l4 3 l4 -3 l4 3 l4 -3 l4 3",
  hot: "M93 160 Q100 155 107 160 Q106 169 100 169 Q94 169 93 160 Z",
};

const leaves = (shapes) => shapes.map((d, index) => svg("path", { class: `face-leaf face-leaf-${index}`, d }));

const pot = () => [
  svg("path", { class: "face-pot", d: "M56 122 L144 122 L135 178 Q133 188 122 188 L78 188 Q67 188 65 178 Z" }),
  svg("rect", { class: "face-rim", x: 48, y: 108, width: 104, height: 20, rx: 10 }),
];

function eyes(mood) {
  const y = mood === "cold" ? 139 : 147;
  if (mood === "hot") {
    // Screwed up against the sun.
    return svg("path", { class: "face-line", d: "M76 142 L86 147 L76 152 M124 142 L114 147 L124 152" });
  }
  const brows = mood === "thirsty" && svg("path", { class: "face-line", d: "M74 140 L84 136 M126 140 L116 136" });
  return [
    [81, 119].map((x) => [
      svg("circle", { class: "face-eye", cx: x, cy: y, r: 5.2 }),
      svg("circle", { class: "face-glint", cx: x + 1.7, cy: y - 1.8, r: 1.6 }),
    ]),
    brows,
  ].flat(3);
}

const cheeks = () => [70, 130].map((cx) => svg("ellipse", { class: "face-cheek", cx, cy: 158, rx: 6.5, ry: 4.2 }));

const scarf = () => [
  svg("path", { class: "face-scarf", d: "M59 158 Q100 172 141 158 L139 171 Q100 185 61 171 Z" }),
  svg("path", { class: "face-scarf", d: "M118 168 L133 165 L138 192 L123 194 Z" }),
  svg("path", { class: "face-scarf-stripe", d: "M124 186 L136 184 M76 165 L75 177 M92 168 L91.5 181 M109 168 L109 181" }),
];

const drop = (x, y, r) =>
  svg("path", {
    class: "face-drop",
    d: `M${x} ${y - 2 * r} C${x + 0.5 * r} ${y - 1.1 * r} ${x + r} ${y - 0.6 * r} ${x + r} ${y} A${r} ${r} 0 1 1 ${x - r} ${y} C${x - r} ${y - 0.6 * r} ${x - 0.5 * r} ${y - 1.1 * r} ${x} ${y - 2 * r} Z`,
  });

function snowflake(x, y, size) {
  const arms = [0, 60, 120].map((angle) => {
    const [dx, dy] = [Math.cos((angle * Math.PI) / 180) * size, Math.sin((angle * Math.PI) / 180) * size];
    return `M${(x - dx).toFixed(1)} ${(y - dy).toFixed(1)} L${(x + dx).toFixed(1)} ${(y + dy).toFixed(1)}`;
  });
  return svg("path", { class: "face-snow", d: arms.join(" ") });
}

function sun(x, y) {
  const rays = Array.from({ length: 8 }, (_, index) => {
    const [cos, sin] = [Math.cos((index * Math.PI) / 4), Math.sin((index * Math.PI) / 4)];
    return `M${(x + cos * 23).toFixed(1)} ${(y + sin * 23).toFixed(1)} L${(x + cos * 30).toFixed(1)} ${(y + sin * 30).toFixed(1)}`;
  });
  return [svg("circle", { class: "face-sun", cx: x, cy: y, r: 16 }), svg("path", { class: "face-ray", d: rays.join(" ") })];
}

const AROUND = {
  happy: () => [
    svg("path", { class: "face-spark", d: "M36 36 v14 M29 43 h14" }),
    svg("path", { class: "face-spark", d: "M166 22 v10 M161 27 h10" }),
  ],
  unknown: () => [svg("text", { class: "face-question", x: 160, y: 62, "text-anchor": "middle" }, "?")],
  thirsty: () => [drop(44, 44, 10), drop(72, 30, 6), drop(26, 70, 5)],
  cold: () => [snowflake(40, 40, 11), snowflake(162, 30, 9), snowflake(158, 76, 6)],
  hot: () => [...sun(158, 38), drop(158, 146, 6)],
};
