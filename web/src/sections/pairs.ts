/** Where invalid configs live, by a pair of knobs, with the learnt rules as regions. */
import { choice, figure, h, segments, styled } from "../dom.ts";
import { formatValue, integer, percent, plural } from "../format.ts";
import { gridOf, type GridCell } from "../grid.ts";
import { knobsOf, reachOf, type Reach, type View } from "../model.ts";
import { rampColour, verdictColour, verdictLegend } from "../palette.ts";
import { VERDICTS, type Rule } from "../schema.ts";
import type { Context } from "../section.ts";
import { countsBy, crossCounts, mutualInformation } from "../stats.ts";

const CODES = VERDICTS.length;

type Measure = "invalid" | "verdict" | "best" | "trials";
const MEASURES: { value: Measure; text: string }[] = [
  { value: "invalid", text: "share invalid" },
  { value: "verdict", text: "verdict" },
  { value: "best", text: "best value" },
  { value: "trials", text: "trials" },
];

interface Cell {
  total: number;
  verdicts: Uint32Array;
  best: number;
}

/** The trials of one pair of knobs, and what a colour stands for. */
interface Pair {
  view: View;
  /** Positions of the knobs of rows and columns. */
  a: number;
  b: number;
  cells: Cell[];
  /** The most trials of a cell, and the best and the worst of the cells' best values. */
  most: number;
  best: number;
  worst: number;
}

function pairOf(view: View, a: number, b: number): Pair {
  const cells = cellsOf(view, a, b);
  const bests = cells.map((cell) => cell.best).filter((value) => !Number.isNaN(value));
  const [low, high] = bests.length ? [Math.min(...bests), Math.max(...bests)] : [NaN, NaN];
  const [best, worst] = view.maximize ? [high, low] : [low, high];
  return { view, a, b, cells, most: Math.max(...cells.map((cell) => cell.total), 1), best, worst };
}

function cellsOf(view: View, a: number, b: number): Cell[] {
  const columns = view.space.knobs[b]!.values.length;
  const size = view.space.knobs[a]!.values.length * columns;
  const cells = Array.from({ length: size }, () => ({
    total: 0,
    verdicts: new Uint32Array(CODES),
    best: NaN,
  }));
  for (let row = 0; row < view.count; row++) {
    const cell = cells[view.choices[a]![row]! * columns + view.choices[b]![row]!]!;
    cell.total++;
    cell.verdicts[view.verdict[row]!]!++;
    const value = view.value[row]!;
    if (view.verdict[row] !== 0 || Number.isNaN(value)) continue;
    if (Number.isNaN(cell.best) || view.better(value, cell.best)) cell.best = value;
  }
  return cells;
}

/** A map has room for so many values of a knob. */
export const MOST_VALUES = 64;

/** The knobs that a map has room for. */
export function mappable(view: View): number[] {
  return [...view.space.knobs.keys()].filter((k) => view.space.knobs[k]!.values.length <= MOST_VALUES);
}

/** The two knobs of a map of a rule; nothing where it is about fewer, or there is no room. */
export function pairOfRule(view: View, rule: Rule): [number, number] | undefined {
  const fits = mappable(view);
  const [first, second] = knobsOf(rule).filter((knob) => fits.includes(knob));
  return first === undefined || second === undefined ? undefined : [first, second];
}

/** The knobs of the first rule about two, else those whose values tell most of the verdict. */
export function tellingPair(view: View): [number, number] {
  for (const rule of view.rules()) {
    const pair = pairOfRule(view, rule);
    if (pair) return pair;
  }
  const told = mappable(view).map((k) => {
    const { values } = view.space.knobs[k]!;
    const counts = crossCounts(view.choices[k]!, view.verdict, values.length, CODES);
    return { k, bits: mutualInformation(counts, values.length, CODES) };
  });
  // A knob without a choice tells as much as one that does not matter, and shows less.
  const choices = (k: number) => Math.min(view.space.knobs[k]!.values.length, 2);
  told.sort((x, y) => choices(y.k) - choices(x.k) || y.bits - x.bits);
  return [told[0]?.k ?? 0, told[1]?.k ?? 0];
}

function fillOf(pair: Pair, cell: Cell, measure: Measure): string | undefined {
  if (!cell.total) return undefined;
  if (measure === "verdict") return verdictColour(mostFrequent(cell.verdicts));
  if (measure === "trials") return rampColour(1 - Math.log1p(cell.total) / Math.log1p(pair.most));
  if (measure === "invalid") return rampColour(cell.verdicts[0]! / cell.total);
  return Number.isNaN(cell.best) ? undefined : rampColour(distanceFromBest(pair, cell.best));
}

function mostFrequent(counts: Uint32Array): number {
  return counts.indexOf(Math.max(...counts));
}

/** 0 for the best cell, 1 for the worst; in ratios where all values are positive. */
function distanceFromBest({ best, worst }: Pair, value: number): number {
  if (best === worst) return 0;
  if (best > 0 && worst > 0) return Math.log(value / best) / Math.log(worst / best);
  return (value - best) / (worst - best);
}

/** A rule about other knobs alone says the same of every cell, so it is not drawn. */
function drawnRules({ view, a, b }: Pair, off: Set<number>): Rule[] {
  return view
    .rules()
    .filter((rule, i) => !off.has(i) && knobsOf(rule).some((knob) => knob === a || knob === b));
}

function strongest(reaches: (Reach | undefined)[]): Reach {
  return reaches.includes("always") ? "always" : reaches.includes("sometimes") ? "sometimes" : "never";
}

const REACH_WORDS = { always: "; inside a rule", sometimes: "; a rule reaches into it", never: "" };

function drawn(pair: Pair, measure: Measure, rules: Rule[], i: number, j: number): GridCell {
  const { view, a, b } = pair;
  const [down, across] = [view.space.knobs[a]!, view.space.knobs[b]!];
  const cell = pair.cells[i * across.values.length + j]!;
  const reach = strongest(rules.map((rule) => reachOf(rule, view.space, a, i, b, j)));
  const best = Number.isNaN(cell.best) ? "" : `, best ${formatValue(cell.best, view.objective)}`;
  const outcome = cell.total
    ? `${plural(cell.total, "trial")}, ${percent(1 - cell.verdicts[0]! / cell.total, 0)} invalid${best}`
    : "no trial";
  const text = `${down.name}=${down.values[i]}, ${across.name}=${across.values[j]}: ${outcome}${REACH_WORDS[reach]}`;
  return { text, fill: fillOf(pair, cell, measure), reach };
}

function rampLegend(low: string, high: string): HTMLElement {
  const bar = h("span", { class: "ramp", "aria-hidden": "true" });
  for (let i = 0; i < 24; i++) bar.append(styled(h("span"), { background: rampColour(i / 23) }));
  return h("p", { class: "legend ramps" }, low, bar, high);
}

function legendOf({ view, best, worst }: Pair, measure: Measure): HTMLElement {
  if (measure === "verdict") return verdictLegend(countsBy(view.verdict, CODES));
  if (measure === "trials") return rampLegend("many trials", "few");
  if (measure === "invalid") return rampLegend("all invalid", "all valid");
  return rampLegend(`best ${formatValue(best, view.objective)}`, formatValue(worst, view.objective));
}

function summaryOf({ view, a, b, cells }: Pair, rules: Rule[]): string {
  const tried = cells.filter((cell) => cell.total);
  const dead = tried.filter((cell) => cell.verdicts[0] === 0).length;
  const [down, across] = [view.space.knobs[a]!.name, view.space.knobs[b]!.name];
  return (
    `Of ${plural(cells.length, "combination")} of ${down} and ${across}, ${integer(tried.length)} were tried` +
    (dead ? `; ${integer(dead)} of these never gave a valid trial.` : ".") +
    (rules.length
      ? " Hatched cells lie wholly inside a learnt rule; a dot marks cells that a rule reaches into."
      : "")
  );
}

function rowsOf({ view, a, b, cells }: Pair): string[][] {
  const [down, across] = [view.space.knobs[a]!.values, view.space.knobs[b]!.values];
  return cells.flatMap((cell, i) => {
    if (!cell.total) return [];
    const knobs = [down[Math.floor(i / across.length)]!, across[i % across.length]!];
    const invalid = percent(1 - cell.verdicts[0]! / cell.total);
    return [[...knobs, integer(cell.total), invalid, formatValue(cell.best, view.objective)]];
  });
}

/** Which pair of knobs the reader looks at, and which rules not to draw. */
export function chosenPair(context: Context) {
  const { view } = context;
  return {
    pair: context.remembered<[number, number]>(`pair/${view.task.name}`, tellingPair(view)),
    off: context.remembered(`rules off/${view.task.name}`, new Set<number>()),
  };
}

export function byPair(context: Context): HTMLElement {
  const { view } = context;
  const { pair: chosen, off } = chosenPair(context);
  const measure = context.remembered<Measure>("measure", "invalid");
  const [a, b] = chosen.value;
  const pair = pairOf(view, a, b);
  const rules = drawnRules(pair, off.value);
  const [down, across] = [view.space.knobs[a]!, view.space.knobs[b]!];
  const regions = rules.map(
    (rule) => (i: number, j: number) => reachOf(rule, view.space, a, i, b, j) === "always",
  );
  const cell = (i: number, j: number) => drawn(pair, measure.value, rules, i, j);
  const host = h(
    "div",
    { class: "scroll heat", tabindex: 0, role: "group", "data-points": pair.cells.length },
    gridOf({ down, across, largest: 64, cell, regions }),
  );
  const options = mappable(view).map((k) => ({ value: String(k), text: view.space.knobs[k]!.name }));
  const change = (next: [number, number]) => {
    chosen.value = next;
    context.redraw();
  };
  return figure({
    title: "By a pair of knobs",
    summary: summaryOf(pair, rules),
    controls: [
      choice("Rows", options, String(a), (value) => change([Number(value), b])),
      choice("Columns", options, String(b), (value) => change([a, Number(value)])),
      segments("Colour", MEASURES, measure.value, (value) => {
        measure.value = value as Measure;
        context.redraw();
      }),
    ],
    legend: legendOf(pair, measure.value),
    chart: host,
    table: { head: [down.name, across.name, "Trials", "Invalid", "Best"], rows: () => rowsOf(pair) },
  });
}
