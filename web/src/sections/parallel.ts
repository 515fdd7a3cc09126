/** Parallel coordinates: a line per trial through its knobs' values to its outcome, with a brush on every axis. */
import { announce, colour, figure, h, styled, toggle } from "../dom.ts";
import { formatValue, integer, plural, shorten } from "../format.ts";
import type { View } from "../model.ts";
import { rampColour } from "../palette.ts";
import type { Context, Section } from "../section.ts";
import { quantile } from "../stats.ts";

const MOST_LINES = 4000;
const TOP = 34;
const BOTTOM = 16;
/** Room beside the first and the last axis for what is written there. */
const MARGINS = [36, 66];

/** An interval of positions of a knob, or of shares of the outcome's axis. */
type Brushes = Map<number, [number, number]>;

interface Layout {
  view: View;
  axes: number;
  height: number;
  /** The outcome of a row as a share of its axis: 0 the best. */
  outcome: Float64Array;
  /** The same as its share in the order of all valid trials, for colours. */
  rank: Float64Array;
  best: number;
  worst: number;
}

function layoutOf(view: View): Layout {
  const valid = Float64Array.from(
    view.value.filter((value, row) => view.verdict[row] === 0 && value === value),
  ).sort();
  const low = valid[0] ?? NaN;
  const high = valid[valid.length - 1] ?? NaN;
  const [best, worst] = view.maximize ? [high, low] : [low, high];
  const log = low > 0 && high > 4 * low;
  const outcome = Float64Array.from({ length: view.count }, (_, row) => {
    if (view.verdict[row] !== 0) return NaN;
    if (best === worst) return 0;
    const value = view.value[row]!;
    return log ? Math.log(value / best) / Math.log(worst / best) : (value - best) / (worst - best);
  });
  const rank = outcome.map((share, row) => {
    if (share !== share) return NaN;
    const below = lowerBound(valid, view.value[row]!) / Math.max(valid.length - 1, 1);
    return view.maximize ? 1 - below : below;
  });
  return { view, axes: view.space.knobs.length + 1, height: 400, outcome, rank, best, worst };
}

/** How many of ascending numbers are less. */
function lowerBound(ascending: Float64Array, value: number): number {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Where a row stands on an axis, from 0 at the top to 1. */
function standing(layout: Layout, axis: number, row: number): number {
  if (axis === layout.axes - 1) return 1 - layout.outcome[row]!;
  const size = layout.view.space.knobs[axis]!.values.length;
  return size === 1 ? 0.5 : 1 - layout.view.choices[axis]![row]! / (size - 1);
}

export function chosenRows(layout: Layout, brushes: Brushes, invalid: boolean): number[] {
  const rows: number[] = [];
  for (let row = 0; row < layout.view.count; row++) {
    const isValid = !Number.isNaN(layout.outcome[row]!);
    if (!isValid && (!invalid || brushes.has(layout.axes - 1))) continue;
    let inside = true;
    for (const [axis, [low, high]] of brushes) {
      const at = standing(layout, axis, row);
      if (at < low - 1e-9 || at > high + 1e-9) {
        inside = false;
        break;
      }
    }
    if (inside) rows.push(row);
  }
  return rows;
}

/** Of many rows the best and an even sample of the others, the best last, so that they lie on top. */
export function sample(layout: Layout, rows: number[]): number[] {
  const order = (row: number) => (Number.isNaN(layout.outcome[row]!) ? 2 : layout.outcome[row]!);
  const sorted = [...rows].sort((a, b) => order(b) - order(a) || a - b);
  if (sorted.length <= MOST_LINES) return sorted;
  const kept = MOST_LINES / 10;
  const rest = sorted.length - kept;
  const step = rest / (MOST_LINES - kept);
  return [
    ...Array.from({ length: MOST_LINES - kept }, (_, i) => sorted[Math.floor(i * step)]!),
    ...sorted.slice(rest),
  ];
}

class Chart {
  readonly host = h("div", { class: "parallel", role: "group" });
  readonly status = h("p", { class: "note", "aria-live": "polite" });
  private readonly canvas = h("canvas", { "aria-hidden": "true" });
  private width = 0;
  private frame = 0;
  private readonly layout: Layout;
  private readonly brushes: Brushes;
  private readonly invalid: () => boolean;

  constructor(layout: Layout, brushes: Brushes, invalid: () => boolean) {
    this.layout = layout;
    this.brushes = brushes;
    this.invalid = invalid;
    const inner = h("div", { class: "inner" }, this.canvas);
    styled(inner, { "min-width": `${layout.axes * 66}px`, height: `${layout.height}px` });
    for (let axis = 0; axis < layout.axes; axis++) inner.append(this.handle(axis));
    this.host.append(h("div", { class: "scroll" }, inner));
    new ResizeObserver(() => this.resize()).observe(inner);
  }

  private resize(): void {
    const width = this.canvas.parentElement!.clientWidth;
    if (!width || width === this.width) return;
    this.width = width;
    const ratio = devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(this.layout.height * ratio);
    styled(this.canvas, { width: `${width}px`, height: `${this.layout.height}px` });
    this.host.querySelectorAll<HTMLElement>(".axis").forEach((handle, axis) =>
      styled(handle, {
        left: `${this.x(axis) - 16}px`,
        top: `${TOP}px`,
        height: `${this.layout.height - TOP - BOTTOM}px`,
      }),
    );
    this.draw();
  }

  private x(axis: number): number {
    return MARGINS[0] + (axis * (this.width - MARGINS[0] - MARGINS[1])) / Math.max(this.layout.axes - 1, 1);
  }

  private y(share: number): number {
    return TOP + share * (this.layout.height - TOP - BOTTOM);
  }

  private name(axis: number): string {
    return axis === this.layout.axes - 1
      ? (this.layout.view.objective?.name ?? "latency")
      : this.layout.view.space.knobs[axis]!.name;
  }

  /** The part of an axis that takes the pointer and the keys. */
  private handle(axis: number): HTMLElement {
    const handle = h("div", {
      class: "axis",
      tabindex: 0,
      role: "slider",
      "aria-label": `Brush ${this.name(axis)}`,
      "aria-orientation": "vertical",
      "aria-valuemin": 0,
      "aria-valuemax": this.steps(axis),
      "aria-valuenow": 0,
      "aria-valuetext": "all",
      "data-key": `axis/${axis}`,
    });
    this.sayBrush(axis, handle);
    this.followPointer(axis, handle);
    handle.addEventListener("keydown", (event: KeyboardEvent) => this.key(event, axis, handle));
    return handle;
  }

  /** Dragging along an axis chooses a range of it; a click chooses all again. */
  private followPointer(axis: number, handle: HTMLElement): void {
    let start: number | undefined;
    const share = (event: PointerEvent) =>
      Math.min(Math.max((event.clientY - handle.getBoundingClientRect().top) / handle.clientHeight, 0), 1);
    handle.addEventListener("pointerdown", (event: PointerEvent) => {
      handle.setPointerCapture(event.pointerId);
      start = share(event);
      this.brushes.delete(axis);
      this.changed(axis, handle);
    });
    handle.addEventListener("pointermove", (event: PointerEvent) => {
      if (start === undefined) return;
      const now = share(event);
      const reach = 6 / handle.clientHeight;
      const [low, high] = [Math.min(start, now) - reach, Math.max(start, now) + reach];
      if (Math.abs(now - start) > 0.01) this.brushes.set(axis, [Math.max(low, 0), Math.min(high, 1)]);
      this.changed(axis, handle);
    });
    const end = () => (start = undefined);
    handle.addEventListener("pointerup", end);
    handle.addEventListener("pointercancel", end);
  }

  private steps(axis: number): number {
    return axis === this.layout.axes - 1 ? 10 : this.layout.view.space.knobs[axis]!.values.length;
  }

  /** Up and down choose one value, with shift they widen the choice; escape chooses all again. */
  private key(event: KeyboardEvent, axis: number, handle: HTMLElement): void {
    if (event.key === "Escape") this.brushes.delete(axis);
    else if (event.key === "ArrowUp") this.step(axis, -1, event.shiftKey);
    else if (event.key === "ArrowDown") this.step(axis, 1, event.shiftKey);
    else return;
    event.preventDefault();
    this.changed(axis, handle);
  }

  private step(axis: number, by: number, widen: boolean): void {
    const steps = this.steps(axis);
    const tenths = axis === this.layout.axes - 1;
    if (steps === 1) return void this.brushes.set(axis, [0.5, 0.5]);
    const [unit, width] = tenths ? [1 / steps, 1 / steps] : [1 / (steps - 1), 0];
    const old = this.brushes.get(axis);
    if (old && widen) {
      const [low, high] = by < 0 ? [old[0] - unit, old[1]] : [old[0], old[1] + unit];
      this.brushes.set(axis, [Math.max(low, 0), Math.min(high, 1)]);
    } else {
      const from = old ? old[0] + by * unit : by > 0 ? 0 : 1;
      const first = Math.min(Math.max(from, 0), 1 - width);
      this.brushes.set(axis, [first, first + width]);
    }
  }

  private changed(axis: number, handle: HTMLElement): void {
    this.sayBrush(axis, handle);
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(() => this.draw());
  }

  private sayBrush(axis: number, handle: HTMLElement): void {
    const brush = this.brushes.get(axis);
    const now = brush ? Math.round((1 - brush[0]) * this.steps(axis)) : 0;
    handle.setAttribute("aria-valuetext", brush ? this.brushText(axis, brush) : "all");
    handle.setAttribute("aria-valuenow", String(now));
  }

  private brushText(axis: number, [low, high]: [number, number]): string {
    if (axis === this.layout.axes - 1)
      return `the band from ${Math.round(low * 100)} to ${Math.round(high * 100)} % of the axis from its top`;
    const values = this.layout.view.space.knobs[axis]!.values;
    const place = (i: number) => (values.length === 1 ? 0.5 : 1 - i / (values.length - 1));
    const inside = values.filter((_, i) => place(i) >= low - 1e-9 && place(i) <= high + 1e-9);
    return inside.join(", ") || "none";
  }

  draw(): void {
    const context = this.canvas.getContext("2d");
    if (!context || !this.width) return;
    const ratio = devicePixelRatio || 1;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.layout.height);
    const chosen = chosenRows(this.layout, this.brushes, this.invalid());
    const rows = sample(this.layout, chosen);
    this.drawLines(context, rows);
    this.drawAxes(context);
    this.host.dataset.points = String(rows.length);
    this.report(chosen, rows.length);
  }

  /** The rows of each colour, in the order of drawing. */
  private byColour(rows: number[]): Map<string, number[]> {
    const faint = colour("faint");
    const buckets = new Map<string, number[]>();
    for (const row of rows) {
      const stroke = Number.isNaN(this.layout.outcome[row]!)
        ? faint
        : rampColour((Math.floor(this.layout.rank[row]! * 12) / 12) * 0.9);
      const bucket = buckets.get(stroke);
      if (bucket) bucket.push(row);
      else buckets.set(stroke, [row]);
    }
    return buckets;
  }

  private drawLines(context: CanvasRenderingContext2D, rows: number[]): void {
    context.lineWidth = rows.length > 800 ? 0.8 : 1.2;
    context.globalAlpha = rows.length > 1500 ? 0.28 : rows.length > 300 ? 0.5 : 0.8;
    const xs = Array.from({ length: this.layout.axes }, (_, axis) => this.x(axis));
    for (const [stroke, bucket] of this.byColour(rows)) {
      context.strokeStyle = stroke;
      context.beginPath();
      for (const row of bucket) this.trace(context, row, xs);
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  /** The line of a trial; without an outcome it ends at the last knob. */
  private trace(context: CanvasRenderingContext2D, row: number, xs: number[]): void {
    const end = Number.isNaN(this.layout.outcome[row]!) ? this.layout.axes - 1 : this.layout.axes;
    let last = 0;
    for (let axis = 0; axis < end; axis++) {
      const [x, y] = [xs[axis]!, this.y(standing(this.layout, axis, row)) + this.spread(row, axis)];
      const middle = ((xs[axis - 1] ?? x) + x) / 2;
      if (axis === 0) context.moveTo(x, y);
      else context.bezierCurveTo(middle, last, middle, y, x, y);
      last = y;
    }
  }

  /** Lines through the same value are set apart a little, always in the same way. */
  private spread(row: number, axis: number): number {
    if (axis === this.layout.axes - 1) return 0;
    const steps = this.steps(axis);
    const room = Math.min(((this.layout.height - TOP - BOTTOM) / Math.max(steps, 2)) * 0.55, 26);
    return ((Math.imul(row + 1, 2654435761) >>> 8) / 2 ** 24 - 0.5) * room;
  }

  private drawAxes(context: CanvasRenderingContext2D): void {
    const font = "system-ui, -apple-system, 'Segoe UI', sans-serif";
    const { view, axes } = this.layout;
    for (let axis = 0; axis < axes; axis++) {
      const x = this.x(axis);
      context.strokeStyle = colour("line-strong");
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(x, this.y(0));
      context.lineTo(x, this.y(1));
      context.stroke();
      const brush = this.brushes.get(axis);
      if (brush) {
        context.fillStyle = colour("brush");
        const top = this.y(brush[0]) - 5;
        context.fillRect(x - 7, top, 14, this.y(brush[1]) + 5 - top);
      }
      context.fillStyle = colour("text");
      context.textAlign = axis === 0 ? "left" : "center";
      context.textBaseline = "alphabetic";
      context.font = `600 11px ${font}`;
      context.fillText(
        shorten(this.name(axis), Math.max(Math.floor((this.x(1) - this.x(0)) / 6.8), 5)),
        axis === 0 ? x - 20 : x,
        14,
      );
      context.fillStyle = colour("muted");
      context.font = `11px ${font}`;
      for (const [share, text] of this.ticks(axis)) this.tick(context, x, this.y(share), text);
    }
    if (axes === 1) context.fillText(plural(view.count, "trial"), this.width / 2, 20);
  }

  private ticks(axis: number): [number, string][] {
    const { view, best, worst } = this.layout;
    if (axis === this.layout.axes - 1)
      return [
        [1, formatValue(best, view.objective, 3)],
        [0, formatValue(worst, view.objective, 3)],
      ];
    const values = view.space.knobs[axis]!.values;
    const every = Math.ceil(values.length / 12);
    return values.flatMap((value, i): [number, string][] =>
      i % every ? [] : [[values.length === 1 ? 0.5 : 1 - i / (values.length - 1), shorten(value, 9)]],
    );
  }

  private tick(context: CanvasRenderingContext2D, x: number, y: number, text: string): void {
    const width = context.measureText(text).width + 6;
    context.save();
    context.globalAlpha = 0.85;
    context.fillStyle = colour("background");
    context.fillRect(x + 4, y - 8, width, 15);
    context.restore();
    context.textAlign = "left";
    context.fillText(text, x + 7, y + 3.5);
    context.textAlign = "center";
  }

  private report(chosen: number[], drawn: number): void {
    const values = Float64Array.from(
      chosen.map((row) => this.layout.view.value[row]!).filter((value) => value === value),
    ).sort();
    const { view } = this.layout;
    const best = values.length ? (view.maximize ? values[values.length - 1] : values[0]) : NaN;
    const text =
      `${plural(chosen.length, "trial")} chosen` +
      (drawn < chosen.length ? `, ${integer(drawn)} of them drawn, the best among them` : "") +
      (values.length
        ? `. Best ${formatValue(best, view.objective)}, median ${formatValue(quantile(values, 0.5), view.objective)}.`
        : ".");
    if (this.status.textContent !== text) this.status.textContent = text;
  }

  clear(): void {
    this.brushes.clear();
    this.host
      .querySelectorAll<HTMLElement>(".axis")
      .forEach((handle) => handle.setAttribute("aria-valuetext", "all"));
    announce("All trials are chosen.");
    this.draw();
  }
}

export const parallel: Section = {
  id: "parallel",
  title: "Configs side by side",
  lead: "A line per trial, from the value of each knob to the outcome on the right; the colours follow the outcome. Drag along an axis to choose a range of it, or use the arrow keys.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    if (!view.space.knobs.length) return "The space has no knobs.";
    const layout = layoutOf(view);
    const anyValid = !Number.isNaN(layout.best);
    const invalid = context.remembered("invalid", !anyValid);
    const brushes = context.remembered<Brushes>(`brushes/${view.task.name}`, new Map());
    const chart = new Chart(layout, brushes.value, () => invalid.value);
    const clear = h("button", { type: "button", class: "small" }, "Choose all");
    clear.addEventListener("click", () => chart.clear());
    return [
      figure({
        title: "Parallel coordinates",
        summary: anyValid
          ? `${integer(view.space.knobs.length)} knobs; the outcome runs from ${formatValue(layout.worst, view.objective)} at the top to ${formatValue(layout.best, view.objective)}, the best, at the bottom.`
          : "No trial was valid, so lines end before the outcome.",
        controls: [
          toggle("invalid trials too", invalid.value, (value) => {
            invalid.value = value;
            chart.draw();
          }),
          clear,
        ],
        chart: chart.host,
        table: {
          head: ["Trial", "Value", "Config"],
          rows: () =>
            chosenRows(layout, brushes.value, invalid.value)
              .sort((a, b) => (layout.outcome[a]! || 0) - (layout.outcome[b]! || 0))
              .slice(0, 501)
              .map((row) => [
                view.number(row),
                formatValue(view.value[row], view.objective),
                view.configText(row),
              ]),
        },
      }),
      chart.status,
    ];
  },
};
