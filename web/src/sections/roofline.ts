/** The best configs under the limits of their hardware. */
import { colour, figure } from "../dom.ts";
import { percent, significant } from "../format.ts";
import { groupColour, groupLegend } from "../palette.ts";
import { drawLine, plot, type Surface } from "../plot.ts";
import type { Roofline } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import type { WalkLane } from "../walk.ts";

/** What the hardware allows at most at an intensity. */
export function roofAt(one: Roofline, intensity: number): number {
  const flat = Math.max(...one.roofs.map((roof) => roof.performance), 0);
  const slope = Math.max(...one.slopes.map((line) => line.per_intensity * intensity), 0);
  return one.slopes.length ? Math.min(flat || Infinity, slope) : flat;
}

type Point = Roofline["points"][number];

interface Frame {
  x: [number, number];
  y: [number, number];
}

/** All points, and the ridge where memory and arithmetic limit alike with some room on both sides. */
function frameOf(one: Roofline): Frame {
  const xs = one.points.map((point) => point.intensity);
  const ys = one.points.map((point) => point.performance);
  const flat = Math.max(...one.roofs.map((roof) => roof.performance), 0);
  const slope = Math.min(...one.slopes.map((line) => line.per_intensity));
  const ridge = flat && one.slopes.length ? flat / slope : (xs[0] ?? 1);
  const top = Math.max(flat, ...ys, 1e-12) * 2;
  return {
    x: [Math.min(...xs, ridge / 4) / 1.5, Math.max(...xs, ridge * 4) * 1.5],
    y: [Math.min(...ys, top / 100) / 1.6, top],
  };
}

function drawRoofs(surface: Surface, one: Roofline, { x }: Frame): void {
  const { context, ratio } = surface;
  for (const { name, performance } of one.roofs) {
    const ends = one.slopes.map((line) => performance / line.per_intensity);
    const from = ends.length ? Math.max(Math.min(...ends), x[0]) : x[0];
    drawLine(surface, [from, x[1]], [performance, performance], colour("text"), 1.5);
    context.fillStyle = colour("muted");
    context.textAlign = "right";
    const right = surface.left + surface.width - 4 * ratio;
    context.fillText(`${name} ${significant(performance)}`, right, surface.py(performance) - 3 * ratio);
  }
}

function drawSlopes(surface: Surface, one: Roofline, { x, y }: Frame): void {
  const { context, ratio } = surface;
  const flat = Math.max(...one.roofs.map((roof) => roof.performance), 0) || y[1];
  for (const { name, per_intensity: slope } of one.slopes) {
    const end = Math.min(flat / slope, x[1]);
    drawLine(surface, [x[0], end], [x[0] * slope, end * slope], colour("text"), 1.5);
    const at = Math.sqrt(Math.max(x[0], y[0] / slope) * end);
    const [left, top] = [surface.px(at), surface.py(at * slope)];
    context.save();
    context.translate(left, top);
    context.rotate(Math.atan2(surface.py(at * 2 * slope) - top, surface.px(at * 2) - left));
    context.textAlign = "center";
    context.fillStyle = colour("muted");
    context.fillText(name, 0, -4 * ratio);
    context.restore();
  }
}

function drawPoints(surface: Surface, one: Roofline, groups: string[]): void {
  const { context, ratio } = surface;
  for (const point of one.points) {
    context.fillStyle = groupColour(groups.indexOf(point.group ?? ""));
    context.beginPath();
    context.arc(surface.px(point.intensity), surface.py(point.performance), 4.5 * ratio, 0, 7);
    context.fill();
  }
}

/** Whether the limits of the machine are known at all: a log tells no peak of a processor or GPU. */
function hasRoof(one: Roofline): boolean {
  return one.roofs.length > 0 || one.slopes.length > 0;
}

function textOf(one: Roofline, point: Point): string {
  const reached = `${point.label}: ${significant(point.performance)} ${one.performance_unit}`;
  if (!hasRoof(one)) return `${reached} at ${significant(point.intensity)} ${one.intensity_unit}`;
  return `${reached}, ${percent(point.performance / roofAt(one, point.intensity), 0)} of the limit there`;
}

/** How far a config is, for the choice of the one to name. */
function reach(one: Roofline, point: Point): number {
  return hasRoof(one) ? point.performance / roofAt(one, point.intensity) : point.performance;
}

function summaryOf(one: Roofline): string {
  const first = [...one.points].sort((a, b) => reach(one, b) - reach(one, a))[0];
  if (!first) return "No config was measured.";
  return `${textOf(one, first)}, ${hasRoof(one) ? "the nearest to the limit" : "the most of all"}.`;
}

function tableOf(one: Roofline) {
  const head = ["Config", one.intensity_unit, one.performance_unit];
  const cells = (point: Point) => [point.label, significant(point.intensity), significant(point.performance)];
  if (!hasRoof(one)) return { head, rows: () => one.points.map(cells) };
  return {
    head: [...head, "Of the limit"],
    rows: () => one.points.map((point) => [...cells(point), percent(reach(one, point))]),
  };
}

function nearestTo(surface: Surface, one: Roofline, px: number, py: number) {
  const places = one.points.map((point) => {
    const [x, y] = [surface.px(point.intensity), surface.py(point.performance)];
    return { text: textOf(one, point), x, y, distance: Math.hypot(x - px, y - py) };
  });
  const found = places.sort((a, b) => a.distance - b.distance)[0];
  return found && found.distance < 16 * surface.ratio ? found : undefined;
}

function walkOf(one: Roofline): WalkLane {
  const points = [...one.points].sort((a, b) => a.intensity - b.intensity);
  return {
    count: points.length,
    x: (i) => points[i]!.intensity,
    y: (i) => points[i]!.performance,
    text: (i) => textOf(one, points[i]!),
  };
}

function chartOf(one: Roofline, groups: string[]): HTMLElement {
  const frame = frameOf(one);
  const chart = plot({
    key: one.machine,
    height: 340,
    x: { label: one.intensity_unit, log: true, range: frame.x },
    y: { label: one.performance_unit, log: true, range: frame.y, size: 64 },
    draw: (surface) => {
      surface.context.font = `${11 * surface.ratio}px system-ui, sans-serif`;
      surface.context.textBaseline = "bottom";
      drawRoofs(surface, one, frame);
      drawSlopes(surface, one, frame);
      drawPoints(surface, one, groups);
    },
    describe: (surface, px, py) => nearestTo(surface, one, px, py),
    walk: () => [walkOf(one)],
  });
  chart.dataset.points = String(one.points.length);
  return chart;
}

function render(one: Roofline): HTMLElement {
  const groups = [...new Set(one.points.map((point) => point.group ?? ""))];
  return figure({
    title: one.machine,
    summary: summaryOf(one),
    legend: groups.length > 1 ? groupLegend(groups) : undefined,
    chart: chartOf(one, groups),
    note: one.note,
    table: tableOf(one),
  });
}

export const roofline: Section = {
  id: "roofline",
  title: "Roofline",
  lead: "How near the best configs come to what the hardware allows. Under a slope memory is the limit, under a flat roof arithmetic.",
  render({ report }: Context) {
    return report.rooflines?.length ? report.rooflines.map(render) : undefined;
  },
};
