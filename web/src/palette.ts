/** Colours of verdicts, groups and magnitudes. They differ in lightness too, so that they are told apart without hues. */
import { colour, h, styled } from "./dom.ts";
import { VERDICTS, type Verdict } from "./schema.ts";

/** What people call a verdict. */
export const VERDICT_WORDS: Record<Verdict, string> = {
  valid: "valid",
  rejected: "rejected",
  build_failed: "build failed",
  build_timeout: "build timed out",
  resource_exceeded: "resource exceeded",
  launch_failed: "launch failed",
  run_failed: "run failed",
  crashed: "crashed",
  run_timeout: "run timed out",
  wrong_result: "wrong result",
  device_lost: "device lost",
};

export function verdictColour(code: number): string {
  return colour(`verdict-${VERDICTS[code] ?? "rejected"}`);
}

export function groupColour(index: number): string {
  return colour(`group-${index % 8}`);
}

/** Perceptually even, dark to light, readable without hues: anchors in the manner of a blue to yellow ramp. */
const RAMP_LIGHT = [
  [18, 62, 110],
  [38, 106, 152],
  [72, 150, 168],
  [136, 190, 170],
  [205, 222, 178],
  [244, 240, 206],
];
const RAMP_DARK = [
  [250, 236, 170],
  [170, 214, 150],
  [92, 180, 152],
  [52, 134, 148],
  [42, 90, 124],
  [34, 52, 84],
];

/** A colour for a share from 0, which stands out, to 1, which recedes. */
export function rampColour(share: number): string {
  const ramp = isDark() ? RAMP_DARK : RAMP_LIGHT;
  const at = Math.min(Math.max(share, 0), 1) * (ramp.length - 1);
  const below = Math.min(Math.floor(at), ramp.length - 2);
  const mixed = ramp[below]!.map((part, i) =>
    Math.round(part + (ramp[below + 1]![i]! - part) * (at - below)),
  );
  return `rgb(${mixed.join(",")})`;
}

export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

export function swatch(fill: string): HTMLElement {
  return styled(h("span", { class: "swatch", "aria-hidden": "true" }), { background: fill });
}

/** A legend of the verdicts that occur; where `toggled` is given, each is a button that shows and hides. */
export function verdictLegend(
  counts: ArrayLike<number>,
  hidden?: Set<number>,
  toggled?: () => void,
): HTMLElement {
  const list = h("ul", { class: "legend" });
  VERDICTS.forEach((verdict, code) => {
    if (!counts[code]) return;
    const text = [
      swatch(verdictColour(code)),
      VERDICT_WORDS[verdict],
      " ",
      h("span", { class: "count" }, counts[code]!.toLocaleString("en-US")),
    ];
    if (!hidden || !toggled) return void list.append(h("li", {}, ...text));
    const button = h(
      "button",
      { type: "button", "aria-pressed": String(!hidden.has(code)), "data-key": `legend/${verdict}` },
      ...text,
    );
    button.addEventListener("click", () => {
      if (!hidden.delete(code)) hidden.add(code);
      button.setAttribute("aria-pressed", String(!hidden.has(code)));
      toggled();
    });
    list.append(h("li", {}, button));
  });
  return list;
}

export function groupLegend(names: string[]): HTMLElement {
  return h("ul", { class: "legend" }, ...names.map((name, i) => h("li", {}, swatch(groupColour(i)), name)));
}
