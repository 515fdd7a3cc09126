/** Charts with two axes, by uPlot: scales, axes, zoom by dragging and by keys, a cursor that is read out. */
import uPlot from "uplot";
import { announce, colour, h, styled } from "./dom.ts";
import { integer, significant } from "./format.ts";
import { Walk, type Stop, type WalkLane } from "./walk.ts";

export interface AxisSpec {
  label: string;
  log?: boolean;
  /** The range that is shown at first. */
  range: [number, number];
  /** Names instead of numbers, for the positions 0, 1, ... */
  names?: string[];
  size?: number;
  /** Ticks at integers only. */
  integers?: boolean;
  hideTicks?: boolean;
}

export interface Zoom {
  value: [number, number] | undefined;
}

export interface PlotSpec {
  /** Tells the plot from others of its section, so that it keeps the focus when they are drawn again. */
  key: string;
  height: number;
  x: AxisSpec;
  y: AxisSpec;
  /** Draws into the plot's area, which is clipped. */
  draw: (plot: Surface) => void;
  /** The text for what is nearest to a place of the plot; nothing for nothing near. */
  describe?: (plot: Surface, x: number, y: number) => { text: string; x: number; y: number } | undefined;
  /** What arrow keys walk through, and read out. */
  walk?: () => WalkLane[];
  /** Plots of the same key share the range of x. */
  sync?: string;
  /** The range of x that the reader zoomed to, kept for the next drawing. */
  zoom?: Zoom;
}

/** What drawing needs: device pixels of values. */
export interface Surface {
  context: CanvasRenderingContext2D;
  /** Device pixels per CSS pixel. */
  ratio: number;
  px: (value: number) => number;
  py: (value: number) => number;
  left: number;
  top: number;
  width: number;
  height: number;
  xRange: [number, number];
  /** The value of x at a device pixel, on an axis that is not logarithmic. */
  xAt: (px: number) => number;
  /** The position of the name of y that is nearest to a device pixel. */
  laneAt: (py: number) => number;
}

/** Ticks of a logarithmic axis: of each decade 1, or 1, 2 and 5 where there are few decades. */
export function logTicks(low: number, high: number): number[] {
  const ticks: number[] = [];
  const decades = Math.log10(high / low);
  const steps =
    decades > 4 ? [1] : decades > 1.2 ? [1, 2, 5] : decades > 0.5 ? [1, 1.5, 2, 3, 4, 5, 6, 8] : undefined;
  if (!steps) return linearTicks(low, high);
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++)
    for (const step of steps) {
      const tick = step * 10 ** power;
      if (tick >= low * 0.999 && tick <= high * 1.001) ticks.push(tick);
    }
  return ticks;
}

export function linearTicks(low: number, high: number, about = 5): number[] {
  if (!(high > low)) return [low];
  const rough = (high - low) / about;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => size >= rough)!;
  const ticks: number[] = [];
  for (let i = Math.ceil(low / step); i * step <= high * (1 + 1e-12); i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

function tickText(tick: number): string {
  return Math.abs(tick) >= 1e7 || (tick !== 0 && Math.abs(tick) < 1e-4)
    ? significant(tick)
    : integer(Number(tick.toPrecision(7)));
}

/** A range with a margin, also where all values are the same. */
export function padded(low: number, high: number, log: boolean, share = 0.06): [number, number] {
  if (!Number.isFinite(low) || !Number.isFinite(high)) return log ? [1, 10] : [0, 1];
  if (log) {
    const margin = Math.max((high / low) ** share, 1.05);
    return [low / margin, high * margin];
  }
  const margin = (high - low) * share || Math.abs(high) * 0.1 || 1;
  return [low - margin, high + margin];
}

function surfaceOf(u: uPlot): Surface {
  const { left, top, width, height } = u.bbox;
  const xRange: [number, number] = [u.scales.x!.min!, u.scales.x!.max!];
  return {
    context: u.ctx,
    ratio: devicePixelRatio || 1,
    left,
    top,
    width,
    height,
    px: (value) => u.valToPos(value, "x", true),
    py: (value) => u.valToPos(value, "y", true),
    xRange,
    xAt: (px) => xRange[0] + ((px - left) / width) * (xRange[1] - xRange[0]),
    laneAt: (py) => Math.round(u.posToVal(py, "y", true)),
  };
}

function axis(spec: AxisSpec, side: 2 | 3): uPlot.Axis {
  const shared: uPlot.Axis = {
    side,
    stroke: colour("muted"),
    font: `12px ${FONT}`,
    labelFont: `12px ${FONT}`,
    labelSize: 20,
    labelGap: 2,
    grid: { stroke: colour("grid"), width: 1 },
    ticks: { show: false },
    gap: 6,
    values: (_, ticks) => ticks.map((tick) => tickText(tick)),
  };
  if (spec.label && side === 2) shared.label = spec.label;
  shared.size = spec.size ?? (side === 3 ? 52 : 30);
  shared.filter = (_, ticks) => ticks;
  if (spec.hideTicks) {
    shared.values = () => [];
    shared.size = 8;
  }
  if (spec.names) {
    shared.splits = () => spec.names!.map((_, i) => i);
    shared.values = (_, ticks) => ticks.map((tick) => spec.names![tick] ?? "");
  } else {
    shared.splits = (u, _, low, high) => {
      const pixels = side === 3 ? u.bbox.height : u.bbox.width;
      const about = Math.max(2, Math.round(pixels / (devicePixelRatio || 1) / (side === 3 ? 55 : 110)));
      const ticks = spec.log ? logTicks(low, high) : linearTicks(low, high, about);
      return spec.integers ? ticks.filter(Number.isInteger) : ticks;
    };
  }
  return shared;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', sans-serif";

/** Plots that are alive, so that they can be redrawn when the window or the theme changes, and freed. */
const alive = new Map<HTMLElement, { u: uPlot; observer: ResizeObserver; sync?: string }>();

export function disposePlots(inside: HTMLElement): void {
  for (const [host, { u, observer }] of alive)
    if (inside.contains(host)) {
      observer.disconnect();
      u.destroy();
      alive.delete(host);
    }
}

export function redrawPlots(inside: HTMLElement): void {
  for (const [host, { u }] of alive) if (inside.contains(host)) u.redraw();
}

/** An element that draws itself once it is in the page. */
export function plot(spec: PlotSpec): HTMLElement {
  const role = { role: "group", "aria-roledescription": "chart" };
  const host = h("div", { class: "plot", tabindex: 0, "data-key": `plot/${spec.key}`, ...role });
  styled(host, { height: `${spec.height}px` });
  const start = () => {
    const tip = h("div", { class: "tip", hidden: true });
    const u = new uPlot(options(spec, host, tip), [[...spec.x.range], [null, null]], host);
    const observer = new ResizeObserver(() => {
      const width = Math.floor(host.clientWidth);
      if (width && width !== u.width) u.setSize({ width, height: spec.height });
    });
    observer.observe(host);
    alive.set(host, { u, observer, sync: spec.sync });
    attachKeys(host, u, spec, tip);
    const zoomed = spec.zoom?.value;
    if (zoomed) u.batch(() => u.setScale("x", { min: zoomed[0], max: zoomed[1] }));
  };
  queueMicrotask(() => requestPlot(host, start));
  return host;
}

function requestPlot(host: HTMLElement, start: () => void): void {
  if (host.isConnected && host.clientWidth > 0) start();
  else requestAnimationFrame(() => host.isConnected && start());
}

function options(spec: PlotSpec, host: HTMLElement, tip: HTMLElement): uPlot.Options {
  return {
    width: Math.max(Math.floor(host.clientWidth), 120),
    height: spec.height,
    padding: [spec.y.label ? 26 : 8, 30, 0, 0],
    legend: { show: false },
    scales: {
      x: { time: false, distr: spec.x.log ? 3 : 1, range: (u, low, high) => zoomedRange(u, low, high, spec) },
      y: { distr: spec.y.log ? 3 : 1, range: () => spec.y.range, dir: spec.y.names ? -1 : 1 },
    },
    axes: [axis(spec.x, 2), axis(spec.y, 3)],
    series: [{}, { show: true, stroke: "transparent", points: { show: false } }],
    cursor: {
      y: false,
      points: { show: false },
      drag: { x: true, y: false, setScale: true },
      ...(spec.sync ? { sync: { key: spec.sync, scales: ["x", null] as [string, null] } } : {}),
    },
    hooks: {
      drawAxes: [(u) => drawClipped(u, spec)],
      ready: [
        (u) => {
          u.over.append(tip);
          if (spec.y.label) u.root.append(h("div", { class: "y-name", "aria-hidden": "true" }, spec.y.label));
        },
      ],
      setCursor: [(u) => showTip(u, spec, tip)],
      setScale: [(u) => scaled(u, spec, host)],
    },
  };
}

function zoomedRange(_: uPlot, low: number, high: number, spec: PlotSpec): [number, number] {
  const [first, last] = spec.x.range;
  if (!(high > low)) return [first, last];
  return [Math.max(low, first), Math.min(high, last)];
}

function scaled(u: uPlot, spec: PlotSpec, host: HTMLElement): void {
  const zoomed = isZoomed(u, spec);
  const { min, max } = u.scales.x!;
  host.classList.toggle("zoomed", zoomed);
  // The first scale of a plot is set before it is ready, and says nothing of the reader.
  if (spec.zoom && alive.has(host)) spec.zoom.value = zoomed ? [min!, max!] : undefined;
}

function isZoomed(u: uPlot, spec: PlotSpec): boolean {
  const { min, max } = u.scales.x!;
  return min !== undefined && max !== undefined && max! - min! < (spec.x.range[1] - spec.x.range[0]) * 0.999;
}

function drawClipped(u: uPlot, spec: PlotSpec): void {
  const surface = surfaceOf(u);
  const { context } = surface;
  context.save();
  context.beginPath();
  context.rect(surface.left, surface.top - 4, surface.width + 4, surface.height + 8);
  context.clip();
  spec.draw(surface);
  context.restore();
}

function showTip(u: uPlot, spec: PlotSpec, tip: HTMLElement): void {
  const { left, top } = u.cursor;
  if (!spec.describe || left === undefined || top === undefined || left! < 0 || top! < 0) {
    tip.hidden = true;
    return;
  }
  const surface = surfaceOf(u);
  const found = spec.describe(
    surface,
    left! * surface.ratio + surface.left,
    top! * surface.ratio + surface.top,
  );
  tip.hidden = !found;
  if (!found) return;
  tip.textContent = found.text;
  placeTip(
    tip,
    (found.x - surface.left) / surface.ratio,
    (found.y - surface.top) / surface.ratio,
    u.over.clientWidth,
  );
}

function placeTip(tip: HTMLElement, x: number, y: number, width: number): void {
  const right = x > width / 2;
  styled(tip, {
    left: right ? "auto" : `${x + 12}px`,
    right: right ? `${width - x + 12}px` : "auto",
    top: `${Math.max(y - 14, 0)}px`,
  });
}

function attachKeys(host: HTMLElement, u: uPlot, spec: PlotSpec, tip: HTMLElement): void {
  let walk: Walk | undefined;
  const zooms: Record<string, number> = { "+": 0.5, "-": 2, Escape: Infinity };
  host.addEventListener("keydown", (event) => {
    const factor = zooms[event.key];
    const stop = factor ? undefined : (walk ??= new Walk(spec.walk?.() ?? [])).move(event.key);
    if (factor) zoom(u, spec, factor);
    else if (stop) readOut(u, spec, tip, stop);
    else return;
    event.preventDefault();
  });
  host.addEventListener("blur", () => (tip.hidden = true));
}

/** Says what is at a stop, and shows the same beside it. */
function readOut(u: uPlot, spec: PlotSpec, tip: HTMLElement, { x, y, text }: Stop): void {
  bringIntoSight(u, spec, x);
  const left = u.valToPos(x, "x");
  u.setCursor({ left, top: -10 }, false);
  tip.hidden = false;
  tip.textContent = text;
  placeTip(tip, left, y === undefined ? 20 : u.valToPos(y, "y"), u.over.clientWidth);
  announce(text.replaceAll("\n", "; "));
}

/** Moves the part of x that is shown to one with a place in its middle, where that is outside. */
function bringIntoSight(u: uPlot, spec: PlotSpec, x: number): void {
  const { min, max } = u.scales.x!;
  if (x >= min! && x <= max!) return;
  const width = max! - min!;
  const [first, last] = spec.x.range;
  const low = Math.min(Math.max(x - width / 2, first), last - width);
  showRange(u, spec, low, low + width);
}

function showRange(u: uPlot, spec: PlotSpec, low: number, high: number): void {
  for (const other of alive.values())
    if (other.u === u || (spec.sync && other.sync === spec.sync))
      // At once, as places are asked for next; otherwise uPlot would wait for the end of the task.
      other.u.batch(() => other.u.setScale("x", { min: low, max: high }));
}

function zoom(u: uPlot, spec: PlotSpec, factor: number): void {
  const { min, max } = u.scales.x!;
  const [first, last] = spec.x.range;
  if (!Number.isFinite(factor)) return showRange(u, spec, first, last);
  const cursor = u.cursor.left ?? -1;
  const centre = cursor >= 0 ? u.posToVal(cursor, "x") : (min! + max!) / 2;
  const half = ((max! - min!) * factor) / 2;
  showRange(u, spec, Math.max(first, centre - half), Math.min(last, centre + half));
}

/** A line through points, in which missing values leave gaps; `step` holds a value until the next. */
export function drawLine(
  surface: Surface,
  x: ArrayLike<number>,
  y: ArrayLike<number | null>,
  stroke: string,
  width = 2,
  step = false,
  dash: number[] = [],
): void {
  const { context, ratio } = surface;
  context.strokeStyle = stroke;
  context.lineWidth = width * ratio;
  context.lineJoin = "round";
  context.setLineDash(dash.map((part) => part * ratio));
  context.beginPath();
  let under = false;
  let lastY = 0;
  for (let i = 0; i < x.length; i++) {
    const value = y[i];
    if (value === null || value === undefined || Number.isNaN(value)) {
      under = false;
      continue;
    }
    const px = surface.px(x[i]!);
    const py = surface.py(value);
    if (!under) context.moveTo(px, py);
    else {
      if (step) context.lineTo(px, lastY);
      context.lineTo(px, py);
    }
    under = true;
    lastY = py;
  }
  context.stroke();
  context.setLineDash([]);
  if (x.length === 1) drawDot(surface, x[0]!, y[0]!, stroke, width * 1.5);
}

/** A line of a single point would be nothing to see. */
function drawDot(
  { context, ratio, px, py }: Surface,
  x: number,
  y: number | null,
  fill: string,
  radius: number,
): void {
  if (y === null) return;
  context.fillStyle = fill;
  context.beginPath();
  context.arc(px(x), py(y), radius * ratio, 0, 7);
  context.fill();
}

/** Pixels that the name of a line takes. */
const NAME_HEIGHT = 18;

/** A horizontal line with its name at the right end, above it or, where there is room, below. */
export function drawLevel(
  surface: Surface,
  value: number,
  name: string,
  stroke: string,
  below = false,
): void {
  const { context, ratio } = surface;
  const y = Math.round(surface.py(value)) + 0.5;
  if (y < surface.top - 2 || y > surface.top + surface.height + 2) return;
  context.strokeStyle = stroke;
  context.lineWidth = ratio;
  context.setLineDash([4 * ratio, 4 * ratio]);
  context.beginPath();
  context.moveTo(surface.left, y);
  context.lineTo(surface.left + surface.width, y);
  context.stroke();
  context.setLineDash([]);
  context.font = `${12 * ratio}px ${FONT}`;
  context.textAlign = "right";
  const under = below && y + NAME_HEIGHT * ratio < surface.top + surface.height;
  context.textBaseline = under ? "top" : "bottom";
  const [x, at] = [surface.left + surface.width - 4 * ratio, y + (under ? 4 : -3) * ratio];
  context.strokeStyle = colour("background");
  context.lineWidth = 4 * ratio;
  context.strokeText(name, x, at);
  context.fillStyle = stroke;
  context.fillText(name, x, at);
}
