/** Horizontal bars: a name, a track on which something is drawn, and what it comes to in words. */
import { h } from "./dom.ts";

export interface BarRow {
  name: string;
  /** Follows the name, less strong. */
  after?: string;
  track: HTMLElement;
  count: string;
  /** What the row says on hovering. */
  title?: string;
}

/** A list of bars of a kind that the style sheet knows. `scale` stands below them. */
export function barList(kind: string, rows: BarRow[], scale?: HTMLElement | null): HTMLElement {
  const items = rows.map(({ name, after, track, count, title }) =>
    h(
      "li",
      { title },
      h("span", { class: "name" }, name, after ? h("span", { class: "count" }, after) : null),
      track,
      h("span", { class: "count" }, count),
    ),
  );
  return h("ul", { class: `hbars ${kind}`.trim(), role: "list" }, ...items, scale);
}

/** The list as a chart that says how many points it shows. */
export function barChart(list: HTMLElement, points: number): HTMLElement {
  return h("div", { role: "group", "data-points": points }, list);
}
