/** A map of the values of two knobs: a cell per combination, regions outlined. */
import { freshId, s, styled } from "./dom.ts";
import { shorten } from "./format.ts";
import type { Reach } from "./model.ts";
import type { Knob } from "./schema.ts";

export interface GridCell {
  /** What the cell says on hovering, and to a screen reader. */
  text: string;
  /** Nothing for a cell of which nothing is known. */
  fill?: string;
  reach?: Reach;
}

export interface GridSpec {
  down: Knob;
  across: Knob;
  /** The most pixels that a side of a cell may have. */
  largest: number;
  cell: (i: number, j: number) => GridCell;
  /** Each says which cells lie inside of it; a line is drawn round them. */
  regions?: ((i: number, j: number) => boolean)[];
}

interface Layout {
  left: number;
  top: number;
  side: number;
  tall: number;
  rows: number;
  columns: number;
}

function layoutOf({ down, across, largest }: GridSpec): Layout {
  const longest = Math.max(...down.values.map((value) => shorten(value, 16).length), 3);
  const left = Math.min(longest * 7.2 + 34, 160);
  const room = Math.min(document.documentElement.clientWidth - 44, 920) - left;
  const side = Math.max(Math.min(Math.floor(room / across.values.length), largest), 20);
  const tall = Math.max(Math.min(side, 36), 22);
  return { left, top: 4, side, tall, rows: down.values.length, columns: across.values.length };
}

export function gridOf(spec: GridSpec): SVGSVGElement {
  const layout = layoutOf(spec);
  const width = layout.left + layout.side * layout.columns + 8;
  const height = layout.top + layout.tall * layout.rows + 44;
  const pattern = freshId("hatch");
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height }, hatching(pattern));
  for (let i = 0; i < layout.rows; i++)
    for (let j = 0; j < layout.columns; j++) svg.append(cellElement(layout, spec.cell(i, j), i, j, pattern));
  for (const inside of spec.regions ?? []) svg.append(outline(layout, inside));
  svg.append(...labels(spec, layout));
  return svg;
}

function hatching(id: string): SVGElement {
  const line = s("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" });
  const turned = "rotate(45)";
  return s(
    "defs",
    {},
    s("pattern", { id, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: turned }, line),
  );
}

function cellElement(layout: Layout, cell: GridCell, i: number, j: number, pattern: string): SVGElement {
  const { left, top, side, tall } = layout;
  const place = { x: left + j * side + 1, y: top + i * tall + 1, width: side - 2, height: tall - 2, rx: 2 };
  const rect = s("rect", { ...place, class: cell.fill ? "cell" : "cell empty" });
  if (cell.fill) styled(rect, { fill: cell.fill });
  const group = s("g", {}, s("title", {}, cell.text), rect);
  if (cell.reach === "always") group.append(s("rect", { ...place, fill: `url(#${pattern})` }));
  if (cell.reach === "sometimes")
    group.append(
      s("circle", { cx: left + (j + 0.5) * side, cy: top + (i + 0.5) * tall, r: 2.5, class: "reach" }),
    );
  return group;
}

/** Lines where a region has a cell on one side and not on the other. */
function outline(layout: Layout, inside: (i: number, j: number) => boolean): SVGElement {
  const { left, top, side, tall, rows, columns } = layout;
  const within = (i: number, j: number) => i >= 0 && j >= 0 && i < rows && j < columns && inside(i, j);
  let path = "";
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      if (!within(i, j)) continue;
      const x = left + j * side;
      const y = top + i * tall;
      if (!within(i - 1, j)) path += `M${x} ${y}h${side}`;
      if (!within(i + 1, j)) path += `M${x} ${y + tall}h${side}`;
      if (!within(i, j - 1)) path += `M${x} ${y}v${tall}`;
      if (!within(i, j + 1)) path += `M${x + side} ${y}v${tall}`;
    }
  return s("path", { d: path, class: path ? "region" : "hidden" });
}

function labels({ down, across }: GridSpec, layout: Layout): SVGElement[] {
  const { left, top, side, tall, rows, columns } = layout;
  const most = Math.max(Math.floor(side / 7), 3);
  const bottom = top + tall * rows;
  const upright = `translate(10 ${top + (tall * rows) / 2}) rotate(-90)`;
  return [
    ...down.values.map((value, i) =>
      s("text", { x: left - 8, y: top + (i + 0.5) * tall, class: "tick end" }, shorten(value, 16)),
    ),
    ...across.values.map((value, j) =>
      s("text", { x: left + (j + 0.5) * side, y: bottom + 16, class: "tick middle" }, shorten(value, most)),
    ),
    s("text", { x: left + (side * columns) / 2, y: bottom + 38, class: "axis middle" }, across.name),
    s("text", { class: "axis middle", transform: upright }, down.name),
  ];
}
