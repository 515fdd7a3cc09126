/** When which device ran what. */
import { colour, figure, h, plainTable, scrolling } from "../dom.ts";
import { duration, integer, percent, plural } from "../format.ts";
import { lanesPlot, type Lane } from "../lanes.ts";
import type { SessionData, View } from "../model.ts";
import { VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import type { Surface, Zoom } from "../plot.ts";
import { VERDICTS, type DeviceEvent } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { countsBy } from "../stats.ts";

interface Run {
  /** Seconds after the first session began. */
  start: number;
  end: number;
  verdict: number;
  row: number;
}

/** The lane of trials that reached no device. */
const NO_DEVICE = "build only";

function runsOf(view: View): Map<string, Run[]> {
  const devices = new Map<string, Run[]>();
  const begin = beginOf(view);
  let first = 0;
  for (const data of view.sessions) {
    collect(data, offsetOf(data, begin), first, devices);
    first += data.count;
  }
  return devices;
}

function beginOf(view: View): number {
  return Math.min(...view.sessions.map((data) => data.session.started_unix_ms ?? 0));
}

function offsetOf(data: SessionData, begin: number): number {
  return ((data.session.started_unix_ms ?? 0) - begin) / 1000;
}

function collect(data: SessionData, offset: number, first: number, devices: Map<string, Run[]>): void {
  if (!data.finished) return;
  for (let row = 0; row < data.count; row++) {
    const code = data.device[row]!;
    const name = code ? (data.session.devices[code - 1] ?? "?") : NO_DEVICE;
    const end = offset + data.finished[row]! / 1000;
    const took = (code ? data.run : data.build)?.[row] ?? 0;
    let runs = devices.get(name);
    if (!runs) devices.set(name, (runs = []));
    runs.push({ start: end - took / 1e6, end, verdict: data.verdict[row]!, row: first + row });
  }
}

function laneOf(view: View, name: string, runs: Run[]): Lane {
  return {
    name,
    count: runs.length,
    start: (i) => runs[i]!.start,
    end: (i) => runs[i]!.end,
    kind: (i) => runs[i]!.verdict,
    describe: (i) => {
      const { row, verdict, start, end } = runs[i]!;
      const took = duration((end - start) * 1000);
      return `trial ${view.number(row)}: ${VERDICT_WORDS[VERDICTS[verdict]!]}\n${name}, ${took}`;
    },
  };
}

interface PlacedEvent extends DeviceEvent {
  /** Seconds after the first session began. */
  at: number;
}

function eventsOf(view: View): PlacedEvent[] {
  const begin = beginOf(view);
  return view.sessions.flatMap((data) =>
    (data.session.device_events ?? []).map((event) => ({
      ...event,
      at: offsetOf(data, begin) + event.ms / 1000,
    })),
  );
}

function drawEvents(surface: Surface, events: PlacedEvent[], names: string[]): void {
  const { context, ratio } = surface;
  context.strokeStyle = colour("text");
  context.lineWidth = 1.5 * ratio;
  for (const event of events) {
    const lane = names.indexOf(event.device);
    if (lane < 0) continue;
    const x = surface.px(event.at);
    context.beginPath();
    context.moveTo(x, surface.py(lane - 0.42));
    context.lineTo(x, surface.py(lane + 0.42));
    context.stroke();
  }
}

function rangeOf(lanes: Run[][]): [number, number] {
  let [start, end] = [0, 0];
  for (const runs of lanes)
    for (const run of runs) {
      start = Math.min(start, run.start);
      end = Math.max(end, run.end);
    }
  return [start, end || 1];
}

function timeline(view: View, devices: Map<string, Run[]>, events: PlacedEvent[], zoom: Zoom): HTMLElement {
  const names = [...devices.keys()].sort();
  const runs = names.map((name) => devices.get(name)!);
  const range = rangeOf(runs);
  const whole = range[1] - range[0];
  const busy = runs.map((all) => all.reduce((sum, run) => sum + run.end - run.start, 0));
  const parts = names.map((name, i) => {
    const share = percent(busy[i]! / whole, 0);
    return `${name} ${plural(runs[i]!.length, "trial")}, ${share} of the time`;
  });
  const chart = lanesPlot({
    key: "devices",
    lanes: names.map((name, i) => laneOf(view, name, runs[i]!)),
    kinds: VERDICTS.map((_, code) => ({ fill: () => verdictColour(code) })),
    label: "seconds",
    range,
    zoom,
    room: 150,
    over: (surface) => drawEvents(surface, events, names),
  });
  return figure({
    title: "Trials by device",
    summary: `${plural(names.length, "row")} over ${duration(whole * 1000)}: ${parts.join("; ")}.`,
    legend: verdictLegend(countsBy(view.verdict, VERDICTS.length)),
    chart,
    table: {
      head: ["Device", "Trials", "Busy"],
      rows: () => names.map((name, i) => [name, integer(runs[i]!.length), duration(busy[i]! * 1000)]),
    },
  });
}

function eventTable(events: PlacedEvent[]): HTMLElement {
  const rows = events.map((event) => [
    duration(event.at * 1000),
    event.device,
    event.kind,
    event.message ?? "",
  ]);
  const table = plainTable(["After", "Device", "Event", "Message"], rows, "Device events");
  return h("div", { class: "after" }, h("h3", {}, "Device events"), scrolling("Device events", table));
}

export const devices: Section = {
  id: "devices",
  title: "Devices over time",
  lead: "What ran when, on which device. Gaps are time in which a device waited.",
  render({ view, remembered }: Context) {
    if (!view.count) return "There are no trials yet.";
    const byDevice = runsOf(view);
    if (!byDevice.size) return "The log holds no times of the trials, so there is no timeline.";
    const events = eventsOf(view);
    return [
      timeline(view, byDevice, events, remembered(`zoom/${view.task.name}`, undefined)),
      ...(events.length ? [eventTable(events)] : []),
    ];
  },
};
