/** What the engines of VTA do while the best program runs. */
import { decodeColumn, rowsIn, type Numbers } from "../decode.ts";
import { barChart, barList } from "../bars.ts";
import { colour, figure, h, styled } from "../dom.ts";
import { integer, percent } from "../format.ts";
import { groupColour, swatch } from "../palette.ts";
import { lanesPlot, type Lane } from "../lanes.ts";
import type { Program } from "../schema.ts";
import type { Context, Section } from "../section.ts";

type Engine = Program["engines"][number];

/** Parts have one colour in all engines; waiting and idling recede. */
function colourOf(name: string, names: string[]): string {
  return /wait|idle|nothing/.test(name)
    ? colour(/wait/.test(name) ? "waiting" : "idle")
    : groupColour(names.filter((other) => !/wait|idle|nothing/.test(other)).indexOf(name));
}

/** Whatever an engine waits for has one colour; the bars say on hovering, and the table, what it is. */
function legendName(name: string): string {
  return /^waits? for/.test(name) ? "waiting" : name;
}

function noteOf({ cycles, floor_cycles: floor, engines }: Program): string {
  const least = floor ? `; no program with these GEMM micro-ops takes fewer than ${integer(floor)}` : "";
  const path = engines.some((engine) => engine.on_path !== undefined)
    ? " On the right: the share of the critical path."
    : "";
  return `${integer(cycles)} cycles${least}.${path}`;
}

function barOf({ parts }: Engine, names: string[]): HTMLElement {
  const bar = h("span", { class: "bar" });
  for (const { name, cycles } of parts)
    if (cycles > 0) {
      const part = h("span", { title: `${name}: ${integer(cycles)} cycles` });
      bar.append(styled(part, { "flex-grow": String(cycles), background: colourOf(name, names) }));
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

function utilisation(program: Program): HTMLElement {
  const { engines, cycles } = program;
  const names = [...new Set(engines.flatMap((engine) => engine.parts.map((part) => part.name)))];
  const bars = engines.map((engine) => ({
    name: engine.name,
    track: barOf(engine, names),
    count: engine.on_path === undefined ? "" : `${percent(engine.on_path, 0)} of path`,
  }));
  const legend = [...new Set(names.map(legendName))].map((name) =>
    h("li", {}, swatch(colourOf(name, names)), name),
  );
  const cells = (engine: Engine) =>
    engine.parts.map((part) => [engine.name, part.name, integer(part.cycles), percent(part.cycles / cycles)]);
  return figure({
    title: "Use of the engines",
    summary: program.sentence ?? sentenceOf(program),
    legend: h("ul", { class: "legend" }, ...legend),
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

function timeline(program: Program): HTMLElement | undefined {
  if (!program.timeline) return undefined;
  const { kinds } = program.timeline;
  const rows = program.timeline.rows.map(decodeRow);
  const working = kinds.filter((kind) => !kind.waits);
  const fill = (kind: (typeof kinds)[number]) =>
    kind.waits ? colour("waiting") : groupColour(working.indexOf(kind));
  const chart = lanesPlot({
    key: program.title,
    lanes: rows.map((row) => laneOf(row, kinds)),
    kinds: kinds.map((kind) => ({ fill: () => fill(kind), thin: kind.waits })),
    label: "cycles",
    range: [0, program.cycles],
    room: 84,
  });
  const entries = kinds.map((kind) => h("li", {}, swatch(fill(kind)), kind.name));
  return figure({
    title: "Timeline of the program",
    summary: `What each engine does from cycle 0 to ${integer(program.cycles)}. Thin bars are waiting.`,
    legend: h("ul", { class: "legend" }, ...entries),
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

export const engines: Section = {
  id: "engines",
  title: "Engines of VTA",
  lead: "What LOAD, COMPUTE and STORE do while the best program runs: where a program waits, another config may not.",
  render({ report }: Context) {
    if (!report.programs?.length) return undefined;
    return report.programs
      .flatMap((program) => [
        h("h3", { class: "sub" }, program.title),
        utilisation(program),
        timeline(program),
        program.hints?.length
          ? h("ul", { class: "hints" }, ...program.hints.map((hint) => h("li", {}, hint)))
          : undefined,
      ])
      .filter((node) => node !== undefined);
  },
};
