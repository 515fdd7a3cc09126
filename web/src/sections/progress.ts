/** Best so far against trials, measurements and time. */
import { figure, segments, toggle } from "../dom.ts";
import { duration, formatValue, integer, plural, scaleFor } from "../format.ts";
import type { SessionData, View } from "../model.ts";
import { groupColour, groupLegend } from "../palette.ts";
import { colour } from "../dom.ts";
import { drawLevel, drawLine, padded, plot, type Surface, type Zoom } from "../plot.ts";
import type { Context, Section } from "../section.ts";
import { bandOf, bestSoFar, quantile, runningCount, type Band, valueAt, type Steps } from "../stats.ts";

type Axis = "trials" | "measurements" | "time";

interface Curve {
  name: string;
  band: Band;
  sessions: Steps[];
}

/** The x of each trial. Times of trials that end out of order count from when all before them had ended. */
function positions(data: SessionData, axis: Axis): ArrayLike<number> | undefined {
  if (axis === "trials") return Float64Array.from({ length: data.count }, (_, i) => i + 1);
  if (axis === "measurements") return runningCount(data.measured);
  if (!data.finished) return undefined;
  let latest = 0;
  return Float64Array.from(data.finished, (ms) => (latest = Math.max(latest, ms / 1000)));
}

export function curvesOf(view: View, axis: Axis): Curve[] {
  const curves: Curve[] = [];
  for (const [name, members] of view.groups()) {
    const sessions: Steps[] = [];
    for (const data of members) {
      const x = positions(data, axis);
      if (x && data.count) sessions.push(bestSoFar(x, data.value, data.verdict, view.maximize));
    }
    if (sessions.length) curves.push({ name, band: bandOf(sessions), sessions });
  }
  return curves;
}

function fillBand(surface: Surface, band: Band, size: number, fill: string): void {
  const { context } = surface;
  context.beginPath();
  const n = band.x.length;
  for (let i = 0; i < n; i++) {
    const x = surface.px(band.x[i]!);
    if (i > 0) context.lineTo(x, surface.py(band.high[i - 1]! / size));
    context.lineTo(x, surface.py(band.high[i]! / size));
  }
  for (let i = n - 1; i >= 0; i--) {
    context.lineTo(surface.px(band.x[i]!), surface.py(band.low[i]! / size));
    if (i > 0) context.lineTo(surface.px(band.x[i]!), surface.py(band.low[i - 1]! / size));
  }
  context.closePath();
  context.globalAlpha = 0.16;
  context.fillStyle = fill;
  context.fill();
  context.globalAlpha = 1;
}

function summaryOf(view: View, curves: Curve[], axis: Axis): string {
  const parts = curves
    .filter((curve) => curve.band.x.length)
    .map(({ name, band, sessions }) => {
      const last = band.middle[band.middle.length - 1];
      const within =
        last === undefined
          ? undefined
          : band.x[
              band.middle.findIndex((value) =>
                view.maximize ? value! >= last! * 0.99 : value! <= last! * 1.01,
              )
            ];
      const of = sessions.length > 1 ? ` (median of ${plural(sessions.length, "session")})` : "";
      const when = axis === "time" ? duration((within ?? 0) * 1000) : plural(within ?? 0, axis.slice(0, -1));
      return `${name} ends at ${formatValue(last, view.objective)}${of} and is within 1 % of that after ${when}`;
    });
  return parts.length ? `${parts.join("; ")}.` : "No session has a valid trial.";
}

/** Horizontal lines: what the default config takes, and what no config can go below. */
function levelsOf(view: View, best: number): [number, string][] {
  const { default: first, bound_ns: bound } = view.sessions[0]!.session;
  const levels: [number, string][] = [];
  if (first?.value !== undefined) levels.push([first.value, "default"]);
  if (bound !== undefined && bound > best * 0.3) levels.push([bound, "bound"]);
  return levels;
}

function placeOf(axis: Axis, x: number): string {
  return axis === "time"
    ? `after ${duration(x * 1000)}`
    : `after ${plural(Math.round(x), axis.slice(0, -1))}`;
}

/** The median best so far of each curve. */
function readingsAt(view: View, curves: Curve[], x: number): string[] {
  return curves.map(({ name, sessions }) => {
    const values = sessions.map((steps) => valueAt(steps, x)).filter((value) => !Number.isNaN(value));
    const median = quantile(
      values.sort((a, b) => a - b),
      0.5,
    );
    return `${curves.length > 1 ? `${name}: ` : ""}${formatValue(median, view.objective)}`;
  });
}

function drawCurves(surface: Surface, curves: Curve[], size: number): void {
  curves.forEach(({ band, sessions }, i) => {
    if (sessions.length > 1) fillBand(surface, band, size, groupColour(i));
    const middle = band.middle.map((value) => value! / size);
    drawLine(surface, band.x, middle, groupColour(i), 2.25, true);
  });
}

interface Extent {
  low: number;
  high: number;
  end: number;
}

function extentOf(curves: Curve[]): Extent {
  return {
    low: Math.min(...curves.flatMap(({ band }) => band.low as number[])),
    high: Math.max(...curves.flatMap(({ band }) => band.high as number[])),
    end: Math.max(...curves.map(({ band }) => band.x[band.x.length - 1]!)),
  };
}

function chartOf(
  view: View,
  curves: Curve[],
  axis: Axis,
  { low, high, end }: Extent,
  log: boolean,
  zoom: Zoom,
): HTMLElement {
  const { unit, size } = scaleFor(view.objective, low);
  const levels = levelsOf(view, low);
  const shown = [low, high, ...levels.map(([value]) => value).filter((value) => value < high * 3)];
  const what = view.objective?.name ?? "latency";
  const textAt = (x: number) => [placeOf(axis, x), ...readingsAt(view, curves, x)].join("\n");
  const stops = [...new Set(curves.flatMap(({ band }) => band.x))].sort((a, b) => a - b);
  const chart = plot({
    key: "best",
    height: 320,
    zoom,
    x: { label: axis === "time" ? "seconds" : axis, range: [0, end * 1.004 || 1], integers: axis !== "time" },
    y: {
      label: unit ? `${what}, ${unit}` : what,
      log,
      range: padded(Math.min(...shown) / size, Math.max(...shown) / size, log, 0.09),
    },
    draw(surface) {
      for (const [value, name] of levels)
        drawLevel(surface, value / size, name, colour("muted"), name === "bound");
      drawCurves(surface, curves, size);
    },
    describe: (surface, px) => ({ text: textAt(surface.xAt(px)), x: px, y: surface.top + 20 }),
    walk: () => [{ count: stops.length, x: (i) => stops[i]!, text: (i) => textAt(stops[i]!) }],
  });
  chart.dataset.points = String(curves.reduce((sum, { band }) => sum + band.x.length, 0));
  return chart;
}

function rowsOf(view: View, curves: Curve[], axis: Axis): string[][] {
  const text = (value: number | null | undefined) => formatValue(value, view.objective);
  return curves.flatMap(({ name, band }) =>
    band.x.map((x, i) => {
      const range = [text(band.low[i]), text(band.high[i])];
      if (view.maximize) range.reverse();
      return [name, axis === "time" ? x.toFixed(2) : integer(x), text(band.middle[i]), ...range];
    }),
  );
}

const AXES: Axis[] = ["trials", "measurements", "time"];

export const progress: Section = {
  id: "progress",
  title: "Best so far",
  lead: "The best valid value found, as the search went on. Where sessions differ in the seed alone, the line is their median and the band their range.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    const axis = context.remembered<Axis>("axis", "trials");
    const chosenLog = context.remembered<boolean | undefined>("log", undefined);
    const curves = curvesOf(view, axis.value).filter(({ band }) => band.x.length);
    if (!curves.length && axis.value === "time") return "The log holds no times.";
    if (!curves.length) return "No trial was valid, so there is no best value.";
    const extent = extentOf(curves);
    const log = (chosenLog.value ?? extent.high > 8 * extent.low) && extent.low > 0;
    const zoom: Zoom = context.remembered(`zoom/${axis.value}/${view.task.name}`, undefined);
    const against = segments(
      "Against",
      AXES.map((value) => ({ value, text: value })),
      axis.value,
      (value) => {
        axis.value = value as Axis;
        context.redraw();
      },
    );
    const scale = toggle("log scale", log, (value) => {
      chosenLog.value = value;
      context.redraw();
    });
    const after = axis.value === "time" ? "Seconds" : "After";
    return [
      figure({
        title: "Best value found",
        summary: summaryOf(view, curves, axis.value),
        controls: [against, scale],
        legend: curves.length > 1 ? groupLegend(curves.map((curve) => curve.name)) : undefined,
        chart: chartOf(view, curves, axis.value, extent, log, zoom),
        table: {
          head: ["Strategy", after, "Median", "Best session", "Worst session"],
          rows: () => rowsOf(view, curves, axis.value),
        },
      }),
    ];
  },
};
