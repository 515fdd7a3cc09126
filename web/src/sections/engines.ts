/** What the engines of VTA do while the best program runs. */
import { decodeColumn, rowsIn, type Numbers } from "../decode.ts";
import { barChart, barList } from "../bars.ts";
import { choice, colour, figure, h, styled } from "../dom.ts";
import { integer, percent } from "../format.ts";
import { groupColour, swatch } from "../palette.ts";
import { lanesPlot, type Lane } from "../lanes.ts";
import type { Zoom } from "../plot.ts";
import type { Program } from "../schema.ts";
import type { Context, Section } from "../section.ts";

type Engine = Program["engines"][number];

/** What waits and idles recedes. */
const RECEDES = /wait|idle|nothing/;

/** Colours that are told apart; where there are more parts, the smallest share the last. */
const COLOURS = [0, 1, 2, 3, 4, 5, 7, 6];

/** The colour of each part of a program, the same in all engines, and which parts have one to themselves. */
interface Colouring {
  own: string[];
  others: string[];
  of: (name: string) => string;
}

function colouringOf({ engines, timeline }: Program): Colouring {
  const cycles = new Map<string, number>();
  const add = (name: string, more: number) =>
    RECEDES.test(name) || cycles.set(name, (cycles.get(name) ?? 0) + more);
  for (const { parts } of engines) for (const part of parts) add(part.name, part.cycles);
  for (const kind of timeline?.kinds ?? []) if (!kind.waits) add(kind.name, 0);
  const names = [...cycles.keys()];
  const bySize = [...names].sort((a, b) => cycles.get(b)! - cycles.get(a)!);
  const shown = new Set(bySize.slice(0, names.length > COLOURS.length ? COLOURS.length - 1 : COLOURS.length));
  const own = names.filter((name) => shown.has(name));
  const others = names.filter((name) => !shown.has(name));
  const of = (name: string) => {
    if (RECEDES.test(name)) return colour(/wait/.test(name) ? "waiting" : "idle");
    const at = own.indexOf(name);
    return groupColour(COLOURS[at < 0 ? COLOURS.length - 1 : at]!);
  };
  return { own, others, of };
}

/** Whatever an engine waits for has one colour; the bars say on hovering, and the table, what it is. */
function legendOf({ own, others, of }: Colouring, receding: string[]): HTMLElement {
  const entry = (name: string, text: string) => h("li", {}, swatch(of(name)), text);
  const rest = others.length ? [entry(others[0]!, others.join(", "))] : [];
  const last = receding.map((name) => entry(name, name));
  return h("ul", { class: "legend" }, ...own.map((name) => entry(name, name)), ...rest, ...last);
}

function noteOf({ cycles, floor_cycles: floor, engines }: Program): string {
  const least = floor ? `; no program with these GEMM micro-ops takes fewer than ${integer(floor)}` : "";
  const path = engines.some((engine) => engine.on_path !== undefined)
    ? " On the right: the share of the critical path."
    : "";
  return `${integer(cycles)} cycles${least}.${path}`;
}

function barOf({ parts }: Engine, colouring: Colouring): HTMLElement {
  const bar = h("span", { class: "bar" });
  for (const { name, cycles } of parts)
    if (cycles > 0) {
      const part = h("span", { title: `${name}: ${integer(cycles)} cycles` });
      bar.append(styled(part, { "flex-grow": String(cycles), background: colouring.of(name) }));
    }
  return bar;
}

function sentenceOf({ engines, cycles }: Program): string {
  const all = engines.map(({ name, parts }) => {
    const shares = parts.map((part) => `${part.name} ${percent(part.cycles / cycles, 0)}`);
    return `${name}: ${shares.join(", ")}`;
  });
  return `${all.join("; ")}.`;
}

function utilisation(program: Program, colouring: Colouring): HTMLElement {
  const { engines, cycles } = program;
  const bars = engines.map((engine) => ({
    name: engine.name,
    track: barOf(engine, colouring),
    count: engine.on_path === undefined ? "" : `${percent(engine.on_path, 0)} of path`,
  }));
  const cells = (engine: Engine) =>
    engine.parts.map((part) => [engine.name, part.name, integer(part.cycles), percent(part.cycles / cycles)]);
  return figure({
    title: "Use of the engines",
    summary: program.sentence ?? sentenceOf(program),
    legend: legendOf(colouring, ["waiting", "idle"]),
    chart: barChart(barList("engines", bars), engines.length),
    note: noteOf(program),
    table: { head: ["Engine", "What", "Cycles", "Share"], rows: () => engines.flatMap(cells) },
  });
}

type Timeline = NonNullable<Program["timeline"]>;

interface EngineRow {
  engine: string;
  start: Numbers;
  length: Numbers;
  kind: Numbers;
}

function decodeRow(row: Timeline["rows"][number]): EngineRow {
  const count = rowsIn(row.kind);
  return {
    engine: row.engine,
    start: decodeColumn(row.start, count, `start of ${row.engine}`),
    length: decodeColumn(row.length, count, `length of ${row.engine}`),
    kind: decodeColumn(row.kind, count, `kind of ${row.engine}`),
  };
}

function laneOf({ engine, start, length, kind }: EngineRow, kinds: Timeline["kinds"]): Lane {
  return {
    name: engine,
    count: kind.length,
    start: (i) => start[i]!,
    end: (i) => start[i]! + length[i]!,
    kind: (i) => kind[i]!,
    describe: (i) => {
      const cycles = `cycles ${integer(start[i]!)} to ${integer(start[i]! + length[i]!)}`;
      return `${engine}: ${kinds[kind[i]!]?.name ?? "?"}\n${cycles}`;
    },
  };
}

function timeline(program: Program, colouring: Colouring, zoom: Zoom): HTMLElement | undefined {
  if (!program.timeline) return undefined;
  const { kinds } = program.timeline;
  const rows = program.timeline.rows.map(decodeRow);
  const fill = (kind: (typeof kinds)[number]) => (kind.waits ? colour("waiting") : colouring.of(kind.name));
  const chart = lanesPlot({
    key: program.title,
    lanes: rows.map((row) => laneOf(row, kinds)),
    kinds: kinds.map((kind) => ({ fill: () => fill(kind), thin: kind.waits })),
    label: "cycles",
    range: [0, program.cycles],
    zoom,
    room: 84,
  });
  return figure({
    title: "Timeline of the program",
    summary: `What each engine does from cycle 0 to ${integer(program.cycles)}. Thin bars are waiting.`,
    legend: legendOf(colouring, kinds.some((kind) => kind.waits) ? ["waiting"] : []),
    chart,
    table: {
      head: ["Engine", "What", "From cycle", "Cycles"],
      rows: () =>
        rows.flatMap(({ engine, start, length, kind }) =>
          Array.from(kind, (k, i) => [
            engine,
            kinds[k]?.name ?? "?",
            integer(start[i]!),
            integer(length[i]!),
          ]),
        ),
    },
  });
}

function render(program: Program, context: Context): (HTMLElement | undefined)[] {
  const colouring = colouringOf(program);
  const hints = program.hints?.map((hint) => h("li", {}, hint)) ?? [];
  const zoom: Zoom = context.remembered(`zoom/${program.title}`, undefined);
  return [
    utilisation(program, colouring),
    timeline(program, colouring, zoom),
    hints.length ? h("ul", { class: "hints" }, ...hints) : undefined,
  ];
}

/** Of many programs the one of the workload that the page shows, until the reader chooses another. */
export const engines: Section = {
  id: "engines",
  title: "Engines of VTA",
  lead: "What LOAD, COMPUTE and STORE do while the best program runs: where a program waits, another config may not.",
  render(context: Context) {
    const programs = context.report.programs ?? [];
    if (!programs.length) return undefined;
    const workload = context.view.task.sessions[0]?.session.workload ?? "";
    const own = programs.findIndex((program) => program.title.endsWith(` ${workload}`));
    const chosen = context.remembered(`program/${context.view.task.name}`, Math.max(own, 0));
    const options = programs.map((program, i) => ({ value: String(i), text: program.title }));
    const change = (value: string) => {
      chosen.value = Number(value);
      context.redraw();
    };
    const program = programs[chosen.value] ?? programs[0]!;
    const top =
      programs.length > 1
        ? h("p", { class: "sub" }, choice("Program", options, String(chosen.value), change))
        : h("h3", { class: "sub" }, program.title);
    return [top, ...render(program, context)].filter((node) => node instanceof HTMLElement);
  },
};
