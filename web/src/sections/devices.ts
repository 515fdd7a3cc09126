/** When which device ran what. */
import { colour, figure, h, plainTable } from "../dom.ts";
import { duration, integer, percent, plural, shorten } from "../format.ts";
import type { SessionData, View } from "../model.ts";
import { VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import { plot, type Surface } from "../plot.ts";
import { VERDICTS } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { countsBy } from "../stats.ts";

interface Run { start: number; end: number; verdict: number; row: number }

/** The trials of each device in seconds after the first session began; trials that reached none are "building". */
function runsOf(view: View): Map<string, Run[]> {
  const devices = new Map<string, Run[]>();
  const begin = Math.min(...view.sessions.map((data) => data.session.started_unix_ms ?? 0));
  let first = 0;
  for (const data of view.sessions) {
    collect(data, ((data.session.started_unix_ms ?? 0) - begin) / 1000, first, devices);
    first += data.count;
  }
  return devices;
}

function collect(data: SessionData, offset: number, first: number, devices: Map<string, Run[]>): void {
  if (!data.finished) return;
  for (let row = 0; row < data.count; row++) {
    const code = data.device[row]!;
    const name = code ? data.session.devices[code - 1] ?? "?" : "build only";
    const end = offset + data.finished[row]! / 1000;
    const took = ((data.run?.[row] ?? 0) + (code ? 0 : data.build?.[row] ?? 0)) / 1e6;
    let runs = devices.get(name);
    if (!runs) devices.set(name, (runs = []));
    runs.push({ start: end - took, end, verdict: data.verdict[row]!, row: first + row });
  }
}

function drawRuns(surface: Surface, lanes: Run[][]): void {
  const { context, ratio } = surface;
  const half = 0.3 * Math.abs(surface.py(1) - surface.py(0));
  lanes.forEach((runs, lane) => {
    const y = surface.py(lane);
    for (const run of runs) {
      const left = surface.px(run.start);
      const width = Math.max(surface.px(run.end) - left, 1.2 * ratio);
      if (left > surface.left + surface.width || left + width < surface.left) continue;
      context.fillStyle = verdictColour0(run.verdict);
      context.fillRect(left, y - half, width, 2 * half);
    }
  });
}

let colours: string[] = [];
function verdictColour0(code: number): string {
  return colours[code] ?? "";
}

export const devices: Section = {
  id: "devices",
  title: "Devices over time",
  lead: "What ran when, on which device. Gaps are time in which a device waited.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    const byDevice = runsOf(view);
    if (!byDevice.size) return "The log holds no times of the trials, so there is no timeline.";
    const names = [...byDevice.keys()].sort();
    const lanes = names.map((name) => byDevice.get(name)!);
    const end = lanes.reduce((most, runs) => runs.reduce((latest, run) => Math.max(latest, run.end), most), 0);
    const start = lanes.reduce((least, runs) => runs.reduce((first, run) => Math.min(first, run.start), least), 0);
    const events = view.sessions.flatMap((data) => data.session.device_events ?? []);
    const busy = lanes.map((runs) => runs.reduce((sum, run) => sum + run.end - run.start, 0));
    const chart = plot({
      height: 34 * names.length + 62,
      x: { label: "seconds", range: [start, end || 1] },
      y: { label: "", range: [-0.5, names.length - 0.5], names: names.map((name) => shorten(name, 20)), size: 150 },
      draw: (surface) => {
        colours = VERDICTS.map((_, code) => verdictColour(code));
        drawRuns(surface, lanes);
        surface.context.strokeStyle = colour("text");
        surface.context.lineWidth = 1.5 * surface.ratio;
        for (const event of events) {
          const lane = names.indexOf(event.device);
          if (lane < 0) continue;
          const x = surface.px(event.ms / 1000);
          surface.context.beginPath();
          surface.context.moveTo(x, surface.py(lane - 0.42));
          surface.context.lineTo(x, surface.py(lane + 0.42));
          surface.context.stroke();
        }
      },
      describe: (surface, px, py) => {
        const lane = Math.round((py - surface.py(0)) / (surface.py(1) - surface.py(0)));
        const [first, last] = surface.xRange;
        const at = first + (px - surface.left) / surface.width * (last - first);
        const near = (last - first) / surface.width * 2;
        const run = lanes[lane]?.find((one) => one.start - near <= at && at <= one.end + near);
        return run && { x: px, y: py, text: `trial ${view.number(run.row)}: ${VERDICT_WORDS[VERDICTS[run.verdict]!]}\n${names[lane]}, ${duration((run.end - run.start) * 1000)}` };
      },
    });
    chart.dataset.points = String(lanes.reduce((sum, runs) => sum + runs.length, 0));
    const nodes: Node[] = [figure({
      title: "Trials by device",
      summary: `${plural(names.length, "row")} over ${duration((end - start) * 1000)}: ` + names.map((name, i) =>
        `${name} ${plural(lanes[i]!.length, "trial")}, ${percent(busy[i]! / (end - start || 1), 0)} of the time`).join("; ") + ".",
      legend: verdictLegend(countsBy(view.verdict, VERDICTS.length)),
      chart,
      table: { head: ["Device", "Trials", "Busy"], rows: () => names.map((name, i) => [name, integer(lanes[i]!.length), duration(busy[i]! * 1000)]) },
    })];
    if (events.length) nodes.push(h("div", { class: "after" }, h("h3", {}, "Device events"),
      h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Device events" },
        plainTable(["After", "Device", "Event", "Message"], events.map((event) => [duration(event.ms), event.device, event.kind, event.message ?? ""]), "Device events"))));
    return nodes;
  },
};
