/** The best configs under the limits of their hardware. */
import { colour, figure } from "../dom.ts";
import { percent, significant } from "../format.ts";
import { groupColour, groupLegend } from "../palette.ts";
import { drawLine, plot } from "../plot.ts";
import type { Roofline } from "../schema.ts";
import type { Context, Section } from "../section.ts";

/** What the hardware allows at most at an intensity. */
export function roofAt(one: Roofline, intensity: number): number {
  const flat = Math.max(...one.roofs.map((roof) => roof.performance), 0);
  const slope = Math.max(...one.slopes.map((line) => line.per_intensity * intensity), 0);
  return one.slopes.length ? Math.min(flat || Infinity, slope) : flat;
}

function render(one: Roofline): HTMLElement {
  const groups = [...new Set(one.points.map((point) => point.group ?? ""))];
  const ridge = one.roofs.length && one.slopes.length ? Math.max(...one.roofs.map((roof) => roof.performance)) / Math.min(...one.slopes.map((line) => line.per_intensity)) : 1;
  const xs = one.points.map((point) => point.intensity);
  const ys = one.points.map((point) => point.performance);
  const x: [number, number] = [Math.min(...xs, ridge / 4) / 1.5, Math.max(...xs, ridge * 4) * 1.5];
  const top = Math.max(...one.roofs.map((roof) => roof.performance), ...ys) * 2;
  const y: [number, number] = [Math.min(...ys, top / 100) / 1.6, top];
  const nearest = [...one.points].sort((a, b) => b.performance / roofAt(one, b.intensity) - a.performance / roofAt(one, a.intensity))[0];
  const text = (point: Roofline["points"][number]) => `${point.label}: ${significant(point.performance)} ${one.performance_unit}, ${percent(point.performance / roofAt(one, point.intensity), 0)} of the limit there`;
  const chart = plot({
    height: 340, x: { label: one.intensity_unit, log: true, range: x }, y: { label: one.performance_unit, log: true, range: y, size: 64 },
    draw: (surface) => {
      const { context, ratio } = surface;
      context.font = `${11 * ratio}px system-ui, sans-serif`;
      context.textBaseline = "bottom";
      const flat = Math.max(...one.roofs.map((roof) => roof.performance), 0) || top;
      for (const roof of one.roofs) {
        const from = one.slopes.length ? Math.min(...one.slopes.map((line) => roof.performance / line.per_intensity)) : x[0];
        drawLine(surface, [Math.max(from, x[0]), x[1]], [roof.performance, roof.performance], colour("text"), 1.5);
        context.fillStyle = colour("muted");
        context.textAlign = "right";
        context.fillText(`${roof.name} ${significant(roof.performance)}`, surface.left + surface.width - 4 * ratio, surface.py(roof.performance) - 3 * ratio);
      }
      for (const line of one.slopes) {
        const end = Math.min(flat / line.per_intensity, x[1]);
        drawLine(surface, [x[0], end], [x[0] * line.per_intensity, end * line.per_intensity], colour("text"), 1.5);
        context.save();
        const at = Math.sqrt(Math.max(x[0], y[0] / line.per_intensity) * end);
        context.translate(surface.px(at), surface.py(at * line.per_intensity));
        context.rotate(Math.atan2(surface.py(at * 2 * line.per_intensity) - surface.py(at * line.per_intensity), surface.px(at * 2) - surface.px(at)));
        context.textAlign = "center";
        context.fillStyle = colour("muted");
        context.fillText(line.name, 0, -4 * ratio);
        context.restore();
      }
      for (const point of one.points) {
        context.fillStyle = groupColour(groups.indexOf(point.group ?? ""));
        context.beginPath();
        context.arc(surface.px(point.intensity), surface.py(point.performance), 4.5 * ratio, 0, 7);
        context.fill();
      }
    },
    describe: (surface, px, py) => {
      const found = one.points.map((point) => ({ point, x: surface.px(point.intensity), y: surface.py(point.performance) }))
        .filter((place) => Math.hypot(place.x - px, place.y - py) < 16 * surface.ratio).sort((a, b) => Math.hypot(a.x - px, a.y - py) - Math.hypot(b.x - px, b.y - py))[0];
      return found && { text: text(found.point), x: found.x, y: found.y };
    },
    stops: () => [...xs].sort((a, b) => a - b),
    at: (at) => one.points.filter((point) => point.intensity === at).map(text).join("; "),
  });
  chart.dataset.points = String(one.points.length);
  return figure({
    title: one.machine,
    summary: nearest ? `${text(nearest)}, the nearest to the limit.` : "No config was measured.",
    legend: groups.length > 1 ? groupLegend(groups) : undefined,
    chart, note: one.note,
    table: { head: ["Config", one.intensity_unit, one.performance_unit, "Of the limit"], rows: () => one.points.map((point) => [point.label, significant(point.intensity), significant(point.performance), percent(point.performance / roofAt(one, point.intensity))]) },
  });
}

export const roofline: Section = {
  id: "roofline",
  title: "Roofline",
  lead: "How near the best configs come to what the hardware allows. Under the slope memory is the limit, under the flat roof arithmetic.",
  render({ report }: Context) {
    return report.rooflines?.length ? report.rooflines.map(render) : undefined;
  },
};
