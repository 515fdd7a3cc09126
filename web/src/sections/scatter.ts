/** The latency of every trial, and the failures below. */
import { figure, h, toggle } from "../dom.ts";
import { formatValue, integer, percent, plural, scaleFor, shorten } from "../format.ts";
import type { View } from "../model.ts";
import { VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import { padded, plot, type Surface, type Zoom } from "../plot.ts";
import { VERDICTS } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import type { WalkLane } from "../walk.ts";
import { countsBy, quantile } from "../stats.ts";

/** The x of each row: its number. Sessions lie over one another. */
function numbersOf(view: View): Float64Array {
  const out = new Float64Array(view.count);
  let at = 0;
  for (const data of view.sessions) {
    out.set(data.number, at);
    at += data.count;
  }
  return out;
}

interface Mapping {
  scale: number;
  offset: number;
}

function linear(at: (value: number) => number): Mapping {
  const offset = at(0);
  return { offset, scale: at(1) - offset };
}

/** Draws a dot for each valid trial: a square where there are many, which is several times as fast as a disc. */
function drawDots(surface: Surface, view: View, x: Float64Array, size: number, log: boolean): void {
  const { context, ratio } = surface;
  const side = Math.max(Math.round((view.count > 20000 ? 2 : view.count > 3000 ? 3 : 5) * ratio), 1);
  const across = linear(surface.px);
  const [firstX, lastX] = surface.xRange;
  const round = view.count <= 3000;
  context.fillStyle = verdictColour(0);
  context.globalAlpha = view.count > 20000 ? 0.45 : view.count > 3000 ? 0.6 : 0.75;
  const down = log ? undefined : linear(surface.py);
  if (round) context.beginPath();
  for (let row = 0; row < view.count; row++) {
    if (view.verdict[row] !== 0) continue;
    const at = x[row]!;
    const value = view.value[row]! / size;
    if (at < firstX || at > lastX || value !== value) continue;
    const px = across.offset + at * across.scale;
    const py = down ? down.offset + value * down.scale : surface.py(value);
    if (round) {
      context.moveTo(px + side / 2, py);
      context.arc(px, py, side / 2, 0, 7);
    } else context.fillRect(px - side / 2, py - side / 2, side, side);
  }
  if (round) context.fill();
  context.globalAlpha = 1;
}

/** A lane per verdict, a tick per trial. Ticks in the same column of pixels are drawn once. */
function drawLanes(surface: Surface, view: View, x: Float64Array, lanes: Map<number, number>): void {
  const { context, ratio } = surface;
  const across = linear(surface.px);
  const [firstX, lastX] = surface.xRange;
  const half = 0.32 * Math.abs(surface.py(1) - surface.py(0));
  const width = Math.max(Math.round(1.25 * ratio), 1);
  const seen = new Set<number>();
  for (const [code, lane] of lanes) {
    context.fillStyle = verdictColour(code);
    context.globalAlpha = 0.85;
    const y = surface.py(lane);
    seen.clear();
    for (let row = 0; row < view.count; row++) {
      if (view.verdict[row] !== code || x[row]! < firstX || x[row]! > lastX) continue;
      const px = Math.round(across.offset + x[row]! * across.scale);
      if (seen.has(px)) continue;
      seen.add(px);
      context.fillRect(px - width / 2, y - half, width, 2 * half);
    }
  }
  context.globalAlpha = 1;
}

function describeRow(view: View, row: number): string {
  const verdict = VERDICTS[view.verdict[row]!]!;
  const outcome = verdict === "valid" ? formatValue(view.value[row], view.objective) : VERDICT_WORDS[verdict];
  const message = view.message(row);
  return [
    `trial ${view.number(row)}: ${outcome}`,
    shorten(view.configText(row), 160),
    message && shorten(message, 160),
  ]
    .filter(Boolean)
    .join("\n");
}

/** The row whose mark is nearest to a place in device pixels, at most 14 CSS pixels away. */
function nearest(
  surface: Surface,
  view: View,
  x: Float64Array,
  px: number,
  py: number,
  yOf: (row: number) => number,
): { row: number; x: number; y: number } | undefined {
  const across = linear(surface.px);
  const most = 14 * surface.ratio;
  let found = -1;
  let least = most * most;
  for (let row = 0; row < view.count; row++) {
    const dx = across.offset + x[row]! * across.scale - px;
    if (dx > most || dx < -most) continue;
    const dy = yOf(row) - py;
    const distance = dx * dx + dy * dy;
    if (distance < least) {
      least = distance;
      found = row;
    }
  }
  return found < 0 ? undefined : { row: found, x: surface.px(x[found]!), y: yOf(found) };
}

function summaryOf(view: View, counts: Uint32Array, ascending: Float64Array): string {
  const invalid = view.count - counts[0]!;
  const spread =
    ascending.length === 1
      ? `The valid one ${view.objective ? "has" : "takes"} ${formatValue(ascending[0], view.objective)}. `
      : ascending.length
        ? `Valid trials lie between ${formatValue(ascending[0], view.objective)} and ` +
          `${formatValue(ascending[ascending.length - 1], view.objective)}, half of them below ${formatValue(quantile(ascending, 0.5), view.objective)}. `
        : "";
  return (
    `${plural(view.count, "trial")}, ${counts[0] === view.count ? "all" : counts[0] ? integer(counts[0]) : "none"} of them valid. ${spread}` +
    (invalid
      ? `${percent(invalid / view.count)} are invalid and stand in lanes below, a lane per verdict.`
      : "")
  );
}

/** All that the two plots of the section share. */
interface Scene {
  view: View;
  x: Float64Array;
  range: [number, number];
  counts: Uint32Array;
  /** The valid values, ascending. */
  ascending: Float64Array;
  /** The lane of each verdict that is shown below. */
  lanes: Map<number, number>;
  showValid: boolean;
  zoom: Zoom;
}

function sceneOf(view: View, hidden: Set<number>, zoom: Zoom): Scene {
  const counts = countsBy(view.verdict, VERDICTS.length);
  const valid = view.value.filter((value, row) => view.verdict[row] === 0 && !Number.isNaN(value));
  const ascending = Float64Array.from(valid).sort();
  const x = numbersOf(view);
  const last = x.reduce((most, at) => Math.max(most, at), 1);
  const codes = VERDICTS.map((_, code) => code).filter((code) => code && counts[code] && !hidden.has(code));
  return {
    view,
    x,
    range: [-0.5 - last * 0.004, last * 1.004 + 0.5],
    counts,
    ascending,
    lanes: new Map(codes.map((code, lane) => [code, lane])),
    showValid: ascending.length > 0 && !hidden.has(0),
    zoom,
  };
}

/** Room for the names of verdicts, in both plots, so that their axes stand above one another. */
const LANE_NAMES = 130;

/** The trials of a verdict in the order of the axis. */
function walkOf(view: View, x: Float64Array, code: number, yOf: (row: number) => number): WalkLane {
  const rows = Uint32Array.from(x.keys()).filter(
    (row) => view.verdict[row] === code && !Number.isNaN(yOf(row)),
  );
  rows.sort((a, b) => x[a]! - x[b]! || a - b);
  return {
    count: rows.length,
    x: (i) => x[rows[i]!]!,
    y: (i) => yOf(rows[i]!),
    text: (i) => describeRow(view, rows[i]!),
  };
}

function validPlot({ view, x, range, ascending, lanes, zoom }: Scene, log: boolean): HTMLElement {
  const [low, high] = [ascending[0]!, ascending[ascending.length - 1]!];
  const { unit, size } = scaleFor(view.objective, low);
  const what = view.objective?.name ?? "latency";
  const yOf = (surface: Surface) => (row: number) =>
    view.verdict[row] === 0 ? surface.py(view.value[row]! / size) : NaN;
  const host = plot({
    key: "valid",
    height: 340,
    sync: "trials",
    zoom,
    x: { label: lanes.size ? "" : "trial", range, integers: true, hideTicks: lanes.size > 0 },
    y: {
      label: unit ? `${what}, ${unit}` : what,
      log,
      size: lanes.size ? LANE_NAMES : undefined,
      range: padded(low / size, high / size, log, 0.04),
    },
    draw: (surface) => drawDots(surface, view, x, size, log),
    describe: (surface, px, py) => tipOf(view, nearest(surface, view, x, px, py, yOf(surface))),
    walk: () => [walkOf(view, x, 0, (row) => view.value[row]! / size)],
  });
  host.setAttribute("aria-label", "Valid trials");
  return host;
}

function failuresPlot({ view, x, range, lanes, zoom }: Scene): HTMLElement {
  const names = [...lanes.keys()].map((code) => VERDICT_WORDS[VERDICTS[code]!]);
  const yOf = (surface: Surface) => (row: number) => {
    const lane = lanes.get(view.verdict[row]!);
    return lane === undefined ? NaN : surface.py(lane);
  };
  const host = plot({
    key: "failures",
    height: 22 * lanes.size + 62,
    sync: "trials",
    zoom,
    x: { label: "trial", range, integers: true },
    y: { label: "", range: [-0.5, lanes.size - 0.5], names, size: LANE_NAMES },
    draw: (surface) => drawLanes(surface, view, x, lanes),
    describe: (surface, px, py) => tipOf(view, nearest(surface, view, x, px, py, yOf(surface))),
    walk: () => [...lanes].map(([code, lane]) => walkOf(view, x, code, () => lane)),
  });
  host.setAttribute("aria-label", "Failures by verdict");
  return host;
}

function tipOf(view: View, found: ReturnType<typeof nearest>) {
  return found && { text: describeRow(view, found.row), x: found.x, y: found.y };
}

function stackOf(scene: Scene, log: boolean): HTMLElement {
  const shownFailures = [...scene.lanes.keys()].reduce((sum, code) => sum + scene.counts[code]!, 0);
  const points = shownFailures + (scene.showValid ? scene.ascending.length : 0);
  return h(
    "div",
    { role: "group", "data-points": points },
    scene.showValid && validPlot(scene, log),
    scene.lanes.size > 0 && failuresPlot(scene),
  );
}

function verdictRows({ view, counts }: Scene): string[][] {
  return VERDICTS.flatMap((verdict, code) => {
    const count = counts[code]!;
    return count ? [[VERDICT_WORDS[verdict], integer(count), percent(count / view.count)]] : [];
  });
}

export const scatter: Section = {
  id: "trials",
  title: "Every trial",
  lead: "Each dot is a valid trial, each tick below a failure, in the order of proposal. Drag to zoom, double-click to see all again.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    const hidden = context.remembered("hidden", new Set<number>());
    const chosenLog = context.remembered<boolean | undefined>("log", undefined);
    const scene = sceneOf(view, hidden.value, context.remembered(`zoom/${view.task.name}`, undefined));
    const { ascending, counts } = scene;
    const [low, high] = [ascending[0] ?? NaN, ascending[ascending.length - 1] ?? NaN];
    const log = (chosenLog.value ?? high > 8 * low) && low > 0;
    const scale = toggle("log scale", log, (value) => {
      chosenLog.value = value;
      context.redraw();
    });
    const several = "The trials of all sessions lie over one another; choose one at the top to see it alone.";
    return [
      figure({
        title: view.objective ? "Value of every trial" : "Latency of every trial",
        summary: summaryOf(view, counts, ascending),
        controls: [scale],
        legend: verdictLegend(counts, hidden.value, () => context.redraw()),
        chart: stackOf(scene, log),
        note: view.sessions.length > 1 ? several : undefined,
        table: { head: ["Verdict", "Trials", "Share"], rows: () => verdictRows(scene) },
      }),
    ];
  },
};
