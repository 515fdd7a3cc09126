/** Intervals in lanes above one axis: what ran when, and where. */
import { plot, type Surface, type Zoom } from "./plot.ts";
import { shorten } from "./format.ts";
import type { WalkLane } from "./walk.ts";

export interface Lane {
  name: string;
  count: number;
  start: (i: number) => number;
  end: (i: number) => number;
  /** Position in the kinds. */
  kind: (i: number) => number;
  describe: (i: number) => string;
}

export interface Kind {
  /** Asked for at each drawing, as the theme may change. */
  fill: () => string;
  /** Drawn lower than others. */
  thin?: boolean;
}

export interface LanesSpec {
  /** As of a plot. */
  key: string;
  lanes: Lane[];
  kinds: Kind[];
  label: string;
  range: [number, number];
  /** Room for the names, in pixels. */
  room: number;
  zoom?: Zoom;
  /** Draws above the intervals. */
  over?: (surface: Surface) => void;
}

/** Zoomed out, an interval is still as wide as this. */
const NARROWEST = 1.1;

export function lanesPlot(spec: LanesSpec): HTMLElement {
  const { lanes } = spec;
  const names = lanes.map((lane) => shorten(lane.name, Math.floor(spec.room / 7)));
  const host = plot({
    key: spec.key,
    height: 34 * lanes.length + 62,
    x: { label: spec.label, range: spec.range },
    zoom: spec.zoom,
    y: { label: "", range: [-0.5, lanes.length - 0.5], names, size: spec.room },
    draw: (surface) => {
      const fills = spec.kinds.map((kind) => kind.fill());
      lanes.forEach((lane, at) => drawLane(surface, lane, at, fills, spec.kinds));
      spec.over?.(surface);
    },
    describe: (surface, px, py) => {
      const lane = lanes[surface.laneAt(py)];
      const found = lane ? intervalAt(surface, lane, px) : -1;
      return found < 0 ? undefined : { text: lane!.describe(found), x: px, y: py };
    },
    walk: () => lanes.map(walkOf),
  });
  host.dataset.points = String(lanes.reduce((sum, lane) => sum + lane.count, 0));
  return host;
}

/** The intervals of a lane in the order of their beginnings. */
function walkOf(lane: Lane, place: number): WalkLane {
  const order = Uint32Array.from({ length: lane.count }, (_, i) => i);
  order.sort((a, b) => lane.start(a) - lane.start(b) || a - b);
  return {
    count: lane.count,
    x: (i) => lane.start(order[i]!),
    y: () => place,
    text: (i) => lane.describe(order[i]!),
  };
}

function drawLane(surface: Surface, lane: Lane, at: number, fills: string[], kinds: Kind[]): void {
  const { context, ratio } = surface;
  const half = 0.32 * Math.abs(surface.py(1) - surface.py(0));
  const middle = surface.py(at);
  const right = surface.left + surface.width;
  for (let i = 0; i < lane.count; i++) {
    const x = surface.px(lane.start(i));
    const width = Math.max(surface.px(lane.end(i)) - x, NARROWEST * ratio);
    if (x > right || x + width < surface.left) continue;
    const kind = lane.kind(i);
    const tall = kinds[kind]?.thin ? half * 0.35 : half;
    context.fillStyle = fills[kind] ?? "";
    context.fillRect(x, middle - tall, width, 2 * tall);
  }
}

/** The interval at a device pixel, or within two of it; -1 for none. */
function intervalAt(surface: Surface, lane: Lane, px: number): number {
  const at = surface.xAt(px);
  const near = surface.xAt(px + 2) - at;
  for (let i = 0; i < lane.count; i++) if (lane.start(i) - near <= at && at <= lane.end(i) + near) return i;
  return -1;
}
