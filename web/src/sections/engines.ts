/** What the engines of VTA do while the best program runs. */
import { decodeColumn } from "../decode.ts";
import { figure, h, styled } from "../dom.ts";
import { integer, percent } from "../format.ts";
import { groupColour, swatch } from "../palette.ts";
import { colour } from "../dom.ts";
import { plot } from "../plot.ts";
import type { Program } from "../schema.ts";
import type { Context, Section } from "../section.ts";

/** Parts have one colour in all engines; waiting and idling recede. */
function colourOf(name: string, names: string[]): string {
  return /wait|idle|nothing/.test(name) ? colour(/wait/.test(name) ? "waiting" : "idle") : groupColour(names.filter((other) => !/wait|idle|nothing/.test(other)).indexOf(name));
}

/** Whatever an engine waits for has one colour; the bars say on hovering, and the table, what it is. */
function legendName(name: string): string {
  return /^waits? for/.test(name) ? "waiting" : name;
}

function utilisation(program: Program): HTMLElement {
  const names = [...new Set(program.engines.flatMap((engine) => engine.parts.map((part) => part.name)))];
  const list = h("ul", { class: "hbars engines", role: "list" }, ...program.engines.map((engine) => {
    const bar = h("span", { class: "bar" });
    for (const part of engine.parts) if (part.cycles > 0)
      bar.append(styled(h("span", { title: `${part.name}: ${integer(part.cycles)} cycles` }), { "flex-grow": String(part.cycles), background: colourOf(part.name, names) }));
    return h("li", {}, h("span", { class: "name" }, engine.name), bar,
      h("span", { class: "count" }, engine.on_path === undefined ? "" : `${percent(engine.on_path, 0)} of the critical path`));
  }));
  list.dataset.points = String(program.engines.length);
  return figure({
    title: "Use of the engines",
    summary: program.sentence ?? program.engines.map((engine) => `${engine.name}: ${engine.parts.map((part) => `${part.name} ${percent(part.cycles / program.cycles, 0)}`).join(", ")}`).join("; ") + ".",
    legend: h("ul", { class: "legend" }, ...[...new Set(names.map(legendName))].map((name) => h("li", {}, swatch(colourOf(name, names)), name))),
    chart: h("div", { role: "group" }, list),
    note: program.floor_cycles ? `${integer(program.cycles)} cycles; no program with these GEMM micro-ops takes fewer than ${integer(program.floor_cycles)}.` : `${integer(program.cycles)} cycles.`,
    table: { head: ["Engine", "What", "Cycles", "Share"], rows: () => program.engines.flatMap((engine) => engine.parts.map((part) => [engine.name, part.name, integer(part.cycles), percent(part.cycles / program.cycles)])) },
  });
}

function timeline(program: Program): HTMLElement | undefined {
  const drawn = program.timeline;
  if (!drawn) return undefined;
  const rows = drawn.rows.map((row) => {
    const count = lengthOf(row.kind);
    return { engine: row.engine, start: decodeColumn(row.start, count, "start"), length: decodeColumn(row.length, count, "length"), kind: decodeColumn(row.kind, count, "kind") };
  });
  const names = drawn.kinds.filter((kind) => !kind.waits).map((kind) => kind.name);
  const fill = (kind: number) => drawn.kinds[kind]?.waits ? colour("waiting") : groupColour(names.indexOf(drawn.kinds[kind]!.name));
  const chart = plot({
    height: 34 * rows.length + 62,
    x: { label: "cycles", range: [0, program.cycles] },
    y: { label: "", range: [-0.5, rows.length - 0.5], names: rows.map((row) => row.engine), size: 84 },
    draw: (surface) => rows.forEach((row, lane) => {
      const fills = drawn.kinds.map((_, kind) => fill(kind));
      const half = 0.34 * Math.abs(surface.py(1) - surface.py(0));
      const y = surface.py(lane);
      for (let i = 0; i < row.kind.length; i++) {
        const left = surface.px(row.start[i]!);
        const width = Math.max(surface.px(row.start[i]! + row.length[i]!) - left, 0.7 * surface.ratio);
        if (left > surface.left + surface.width || left + width < surface.left) continue;
        surface.context.fillStyle = fills[row.kind[i]!]!;
        const thin = drawn.kinds[row.kind[i]!]?.waits ? 0.35 : 1;
        surface.context.fillRect(left, y - half * thin, width, 2 * half * thin);
      }
    }),
    describe: (surface, px, py) => {
      const lane = Math.round((py - surface.py(0)) / (surface.py(1) - surface.py(0)));
      const [first, last] = surface.xRange;
      const at = first + (px - surface.left) / surface.width * (last - first);
      const row = rows[lane];
      const i = row ? row.start.findIndex((start, i) => start <= at && at < start + row.length[i]!) : -1;
      return i < 0 ? undefined : { x: px, y: py, text: `${row!.engine}: ${drawn.kinds[row!.kind[i]!]!.name}\ncycles ${integer(row!.start[i]!)} to ${integer(row!.start[i]! + row!.length[i]!)}` };
    },
  });
  chart.dataset.points = String(rows.reduce((sum, row) => sum + row.kind.length, 0));
  return figure({
    title: "Timeline of the program",
    summary: `What each engine does from cycle 0 to ${integer(program.cycles)}. Thin bars are waiting.`,
    legend: h("ul", { class: "legend" }, ...drawn.kinds.map((kind, k) => h("li", {}, swatch(fill(k)), kind.name))),
    chart,
    table: { head: ["Engine", "What", "From cycle", "Cycles"], rows: () => rows.flatMap((row) => Array.from(row.kind, (kind, i) => [row.engine, drawn.kinds[kind]!.name, integer(row.start[i]!), integer(row.length[i]!)])) },
  });
}

function lengthOf(column: Program["timeline"] extends infer T ? T extends { rows: { kind: infer C }[] } ? C : never : never): number {
  if ("all" in column) return 0;
  const size = { u8: 1, u16: 2, u32: 4, i32: 4, f32: 4, f64: 8 }[column.type];
  const padding = column.data.endsWith("==") ? 2 : column.data.endsWith("=") ? 1 : 0;
  return (column.data.length / 4 * 3 - padding) / size;
}

export const engines: Section = {
  id: "engines",
  title: "Engines of VTA",
  lead: "What LOAD, COMPUTE and STORE do while the best program runs: where a program waits, another config may not.",
  render({ report }: Context) {
    if (!report.programs?.length) return undefined;
    return report.programs.flatMap((program) => [
      h("h3", { class: "sub" }, program.title), utilisation(program), timeline(program),
      program.hints?.length ? h("ul", { class: "hints" }, ...program.hints.map((hint) => h("li", {}, hint))) : undefined,
    ]).filter((node) => node !== undefined);
  },
};
