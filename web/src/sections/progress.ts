/** Best so far against trials, measurements and time. */
import { figure, segments, toggle } from "../dom.ts";
import { duration, formatValue, integer, plural, scaleFor } from "../format.ts";
import type { SessionData, View } from "../model.ts";
import { groupColour, groupLegend } from "../palette.ts";
import { colour } from "../dom.ts";
import { drawLevel, drawLine, padded, plot, type Surface } from "../plot.ts";
import type { Context, Section } from "../section.ts";
import { bandOf, bestSoFar, runningCount, type Band, valueAt, type Steps } from "../stats.ts";

type Axis = "trials" | "measurements" | "time";

interface Curve { name: string; band: Band; sessions: Steps[] }

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
  const parts = curves.filter((curve) => curve.band.x.length).map(({ name, band, sessions }) => {
    const last = band.middle[band.middle.length - 1];
    const within = last === undefined ? undefined : band.x[band.middle.findIndex((value) =>
      view.maximize ? value! >= last! * 0.99 : value! <= last! * 1.01)];
    const of = sessions.length > 1 ? ` (median of ${plural(sessions.length, "session")})` : "";
    const when = axis === "time" ? duration((within ?? 0) * 1000) : plural(within ?? 0, axis.slice(0, -1));
    return `${name} ends at ${formatValue(last, view.objective)}${of} and is within 1 % of that after ${when}`;
  });
  return parts.length ? `${parts.join("; ")}.` : "No session has a valid trial.";
}

export const progress: Section = {
  id: "progress",
  title: "Best so far",
  lead: "The best valid value found, as the search went on. Where sessions differ in the seed alone, the line is their median and the band their range.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    const axis = context.remembered<Axis>("axis", "trials");
    const log = context.remembered<boolean | undefined>("log", undefined);
    const curves = curvesOf(view, axis.value);
    const drawn = curves.filter((curve) => curve.band.x.length);
    if (!drawn.length)
      return axis.value === "time" ? "The log holds no times." : "No trial was valid, so there is no best value.";
    const low = Math.min(...drawn.flatMap((curve) => curve.band.low as number[]));
    const high = Math.max(...drawn.flatMap((curve) => curve.band.high as number[]));
    const { unit, size } = scaleFor(view.objective, low);
    const logarithmic = (log.value ?? high > 8 * low) && low > 0;
    const end = Math.max(...drawn.map((curve) => curve.band.x[curve.band.x.length - 1]!));
    const session = view.sessions[0]!.session;
    const levels: [number, string][] = [];
    if (session.default?.value !== undefined) levels.push([session.default.value, "default"]);
    if (session.bound_ns !== undefined && session.bound_ns > low * 0.3) levels.push([session.bound_ns, "bound"]);
    const values = [low, high, ...levels.map(([value]) => value).filter((value) => value < high * 3)];
    const at = (x: number) => drawn.map((curve) => {
      const values = curve.sessions.map((steps) => valueAt(steps, x)).filter((value) => !Number.isNaN(value)).sort((a, b) => a - b);
      return `${drawn.length > 1 ? `${curve.name}: ` : ""}${formatValue(values[Math.floor((values.length - 1) / 2)], view.objective)}`;
    });
    const place = (x: number) => (axis.value === "time" ? `after ${duration(x * 1000)}` : `after ${plural(Math.round(x), axis.value.slice(0, -1))}`);
    const chart = plot({
      height: 320,
      x: { label: axis.value === "time" ? "seconds" : axis.value, range: [0, end * 1.004 || 1], integers: axis.value !== "time" },
      y: { label: view.objective ? `${view.objective.name}${unit ? `, ${unit}` : ""}` : `latency, ${unit}`, log: logarithmic,
           range: padded(Math.min(...values) / size, Math.max(...values) / size, logarithmic) },
      draw(surface) {
        for (const [value, name] of levels) drawLevel(surface, value / size, name, colour("muted"));
        drawn.forEach(({ band, sessions }, i) => {
          if (sessions.length > 1) fillBand(surface, band, size, groupColour(i));
          drawLine(surface, band.x, band.middle.map((value) => value! / size), groupColour(i), 2.25, true);
        });
      },
      describe: (surface, x) => {
        const [first, last] = surface.xRange;
        const value = first + (x - surface.left) / surface.width * (last - first);
        return { text: [place(value), ...at(value)].join("\n"), x, y: surface.top + 20 };
      },
      stops: () => [...new Set(drawn.flatMap((curve) => curve.band.x))].sort((a, b) => a - b),
      at: (x) => `${place(x)}: ${at(x).join("; ")}`,
    });
    chart.dataset.points = String(drawn.reduce((sum, curve) => sum + curve.band.x.length, 0));
    return [figure({
      title: "Best value found",
      summary: summaryOf(view, curves, axis.value),
      controls: [
        segments("Against", (["trials", "measurements", "time"] as Axis[]).map((value) => ({ value, text: value })), axis.value,
                 (value) => { axis.value = value as Axis; context.redraw(); }),
        toggle("log scale", logarithmic, (value) => { log.value = value; context.redraw(); }),
      ],
      legend: drawn.length > 1 ? groupLegend(drawn.map((curve) => curve.name)) : undefined,
      chart,
      table: {
        head: ["Strategy", axis.value === "time" ? "Seconds" : "After", "Median", "Best session", "Worst session"],
        rows: () => drawn.flatMap(({ name, band }) => band.x.map((x, i) => {
          const [low, high] = view.maximize ? [band.high[i], band.low[i]] : [band.low[i], band.high[i]];
          return [name, axis.value === "time" ? x.toFixed(2) : integer(x), formatValue(band.middle[i], view.objective),
                  formatValue(low, view.objective), formatValue(high, view.objective)];
        })),
      },
    })];
  },
};
