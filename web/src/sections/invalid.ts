/** Where invalid configs live: verdicts by knob value and by pairs of knobs, with the learnt rules as regions. */
import { choice, figure, freshId, h, plainTable, s, segments, styled } from "../dom.ts";
import { formatValue, integer, percent, plural, shorten } from "../format.ts";
import { knobsOf, reachOf, type Reach, type View } from "../model.ts";
import { rampColour, VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import { VERDICTS, type Rule } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { countsBy, crossCounts, mutualInformation } from "../stats.ts";

const CODES = VERDICTS.length;

/** Why no trial chose a value of a knob. */
export function whyUnchosen(view: View, knob: number, value: number): string {
  const known = view.space.unchosen?.find((one) => one.knob === knob && one.value === value);
  if (known) return known.why;
  const rule = view.rules().find((one) => knobsOf(one).length === 1 && reachOf(one, view.space, knob, value, -1, 0) === "always" &&
    knobsOf(one)[0] === knob);
  if (rule) return `every such config is ${wordOf(rule.verdict)} by the rule ${rule.text}`;
  return "never chosen";
}

function wordOf(verdict: Rule["verdict"]): string {
  return verdict === "invalid" ? "invalid" : VERDICT_WORDS[verdict];
}

function knobBlock(view: View, knob: number): HTMLElement {
  const { name, values } = view.space.knobs[knob]!;
  const counts = crossCounts(view.choices[knob]!, view.verdict, values.length, CODES);
  const rows = values.map((value, v) => {
    const own = counts.slice(v * CODES, (v + 1) * CODES);
    const total = own.reduce((sum, n) => sum + n, 0);
    const label = h("span", { class: "value", title: value }, shorten(value, 24));
    if (!total) return h("li", { class: "unchosen" }, label, h("span", { class: "never" }, whyUnchosen(view, knob, v)));
    const bar = h("span", { class: "bar thin" });
    for (let code = 0; code < CODES; code++)
      if (own[code]) bar.append(styled(h("span"), { "flex-grow": String(own[code]), background: verdictColour(code) }));
    const text = VERDICTS.flatMap((verdict, code) => own[code] ? [`${VERDICT_WORDS[verdict]} ${integer(own[code]!)}`] : []).join(", ");
    return h("li", { title: text }, label, bar, h("span", { class: "count" }, percent(own[0]! / total, 0)),
             h("span", { class: "hidden" }, ` valid; ${text}`));
  });
  return h("div", { class: "knob" }, h("h4", {}, name), h("ul", {}, ...rows));
}

function byValue(view: View): HTMLElement {
  const grid = h("div", { class: "knobs", role: "group" }, ...view.space.knobs.map((_, knob) => knobBlock(view, knob)));
  grid.dataset.points = String(view.space.knobs.reduce((sum, knob) => sum + knob.values.length, 0));
  const counts = countsBy(view.verdict, CODES);
  const worst = view.space.knobs.flatMap((knob, k) => {
    const cross = crossCounts(view.choices[k]!, view.verdict, knob.values.length, CODES);
    return knob.values.map((value, v) => {
      const own = cross.slice(v * CODES, (v + 1) * CODES);
      const total = own.reduce((sum, n) => sum + n, 0);
      return { text: `${knob.name}=${value}`, total, share: total ? 1 - own[0]! / total : 0 };
    });
  }).filter((one) => one.total >= 12).sort((a, b) => b.share - a.share)[0];
  return figure({
    title: "By the value of a knob",
    summary: worst && worst.share > 0
      ? `Of the values that were tried at least 12 times, ${worst.text} fails most often: ${percent(worst.share, 0)} of ${plural(worst.total, "trial")}.`
      : "No value that was tried at least 12 times fails.",
    legend: verdictLegend(counts),
    chart: grid,
    note: "The number is the share of valid trials. Faint rows are values that no trial chose.",
    table: {
      head: ["Knob", "Value", "Trials", "Valid", "Most frequent failure"],
      rows: () => view.space.knobs.flatMap((knob, k) => {
        const cross = crossCounts(view.choices[k]!, view.verdict, knob.values.length, CODES);
        return knob.values.map((value, v) => {
          const own = cross.slice(v * CODES, (v + 1) * CODES);
          const total = own.reduce((sum, n) => sum + n, 0);
          const worst = [...own.keys()].slice(1).sort((a, b) => own[b]! - own[a]!)[0]!;
          return [knob.name, value, integer(total), total ? percent(own[0]! / total) : "–",
                  total === 0 ? whyUnchosen(view, k, v) : own[worst] ? `${VERDICT_WORDS[VERDICTS[worst]!]} (${integer(own[worst]!)})` : ""];
        });
      }),
    },
  });
}

type Measure = "invalid" | "verdict" | "best" | "trials";

interface Cell { total: number; verdicts: Uint32Array; best: number }

function cellsOf(view: View, a: number, b: number): Cell[] {
  const columns = view.space.knobs[b]!.values.length;
  const cells: Cell[] = Array.from({ length: view.space.knobs[a]!.values.length * columns }, () =>
    ({ total: 0, verdicts: new Uint32Array(CODES), best: NaN }));
  for (let row = 0; row < view.count; row++) {
    const cell = cells[view.choices[a]![row]! * columns + view.choices[b]![row]!]!;
    cell.total++;
    cell.verdicts[view.verdict[row]!]!++;
    const value = view.value[row]!;
    if (view.verdict[row] === 0 && value === value && !(cell.best === cell.best && !view.better(value, cell.best))) cell.best = value;
  }
  return cells;
}

/** The pair of knobs that says most: that of the first rule about two, else those whose values together tell most of the verdict. */
export function tellingPair(view: View): [number, number] {
  for (const rule of view.rules()) {
    const knobs = knobsOf(rule);
    if (knobs.length >= 2) return [knobs[0]!, knobs[1]!];
  }
  const told = view.space.knobs.map((knob, k) => ({
    k, bits: mutualInformation(crossCounts(view.choices[k]!, view.verdict, knob.values.length, CODES), knob.values.length, CODES),
  })).sort((a, b) => b.bits - a.bits);
  return [told[0]?.k ?? 0, told[1]?.k ?? 0];
}

function fillOf(cell: Cell, measure: Measure, most: number, best: number, worst: number, view: View): string {
  if (measure === "verdict") return verdictColour([...cell.verdicts.keys()].sort((x, y) => cell.verdicts[y]! - cell.verdicts[x]!)[0]!);
  if (measure === "trials") return rampColour(1 - Math.log1p(cell.total) / Math.log1p(most));
  if (measure === "best") {
    if (Number.isNaN(cell.best)) return "none";
    const share = best === worst ? 0 : best > 0 && worst > 0 ? Math.log(cell.best / best) / Math.log(worst / best) : (cell.best - best) / (worst - best);
    return rampColour(view.maximize ? Math.abs(share) : share);
  }
  return rampColour(cell.verdicts[0]! / cell.total);
}

interface Grid { svg: SVGSVGElement; cells: Cell[] }

function heatMap(view: View, a: number, b: number, measure: Measure, rules: Rule[]): Grid {
  const across = view.space.knobs[b]!;
  const down = view.space.knobs[a]!;
  const cells = cellsOf(view, a, b);
  const most = Math.max(...cells.map((cell) => cell.total), 1);
  const bests = cells.map((cell) => cell.best).filter((value) => !Number.isNaN(value));
  const [low, high] = [Math.min(...bests), Math.max(...bests)];
  const [best, worst] = view.maximize ? [high, low] : [low, high];
  const left = Math.min(Math.max(...down.values.map((value) => shorten(value, 16).length), 3) * 7.2 + 34, 160);
  const room = Math.min(document.documentElement.clientWidth - 44, 920) - left;
  const side = Math.max(Math.min(Math.floor(room / across.values.length), 64), 20);
  const tall = Math.max(Math.min(side, 36), 22);
  const top = 4;
  const width = left + side * across.values.length + 8;
  const height = top + tall * down.values.length + 44;
  const pattern = freshId("hatch");
  const svg = s("svg", { viewBox: `0 0 ${width} ${height}`, width, height },
    s("defs", {}, s("pattern", { id: pattern, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
      s("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "hatch" }))));
  down.values.forEach((value, i) => {
    svg.append(s("text", { x: left - 8, y: top + (i + 0.5) * tall, class: "tick end" }, shorten(value, 16)));
    across.values.forEach((other, j) => {
      const cell = cells[i * across.values.length + j]!;
      const x = left + j * side;
      const y = top + i * tall;
      const reach = strongest(rules.filter((rule) => speaksOf(rule, a, b)).map((rule) => reachOf(rule, view.space, a, i, b, j)));
      const text = `${down.name}=${value}, ${across.name}=${other}: ` + (cell.total
        ? `${plural(cell.total, "trial")}, ${percent(1 - cell.verdicts[0]! / cell.total, 0)} invalid${Number.isNaN(cell.best) ? "" : `, best ${formatValue(cell.best, view.objective)}`}`
        : "no trial") + (reach === "always" ? "; inside a rule" : reach === "sometimes" ? "; a rule reaches into it" : "");
      const group = s("g", {}, s("title", {}, text));
      const rect = s("rect", { x: x + 1, y: y + 1, width: side - 2, height: tall - 2, rx: 2, class: cell.total ? "cell" : "cell empty" });
      if (cell.total) styled(rect, { fill: fillOf(cell, measure, most, best, worst, view) });
      group.append(rect);
      if (reach === "always") group.append(s("rect", { x: x + 1, y: y + 1, width: side - 2, height: tall - 2, fill: `url(#${pattern})` }));
      if (reach === "sometimes") group.append(s("circle", { cx: x + side / 2, cy: y + tall / 2, r: 2.5, class: "reach" }));
      svg.append(group);
    });
  });
  outline(svg, view, a, b, rules, left, top, side, tall);
  across.values.forEach((value, j) => svg.append(
    s("text", { x: left + (j + 0.5) * side, y: top + tall * down.values.length + 16, class: "tick middle" }, shorten(value, Math.max(Math.floor(side / 7), 3)))));
  svg.append(s("text", { x: left + side * across.values.length / 2, y: height - 6, class: "axis middle" }, across.name));
  svg.append(s("text", { x: 0, y: 0, class: "axis middle", transform: `translate(10 ${top + tall * down.values.length / 2}) rotate(-90)` }, down.name));
  return { svg, cells };
}

/** A rule about other knobs alone says the same of every cell, so it is not drawn. */
function speaksOf(rule: Rule, a: number, b: number): boolean {
  return knobsOf(rule).some((knob) => knob === a || knob === b);
}

function strongest(reaches: (Reach | undefined)[]): Reach {
  return reaches.includes("always") ? "always" : reaches.includes("sometimes") ? "sometimes" : "never";
}

/** A line round the cells in which a rule always holds: where it holds on one side and not on the other. */
function outline(svg: SVGSVGElement, view: View, a: number, b: number, rules: Rule[], left: number, top: number,
                 side: number, tall: number): void {
  const rows = view.space.knobs[a]!.values.length;
  const columns = view.space.knobs[b]!.values.length;
  for (const rule of rules.filter((one) => speaksOf(one, a, b))) {
    const inside = (i: number, j: number) => i >= 0 && j >= 0 && i < rows && j < columns && reachOf(rule, view.space, a, i, b, j) === "always";
    let path = "";
    for (let i = 0; i < rows; i++)
      for (let j = 0; j < columns; j++) {
        if (!inside(i, j)) continue;
        const x = left + j * side;
        const y = top + i * tall;
        if (!inside(i - 1, j)) path += `M${x} ${y}h${side}`;
        if (!inside(i + 1, j)) path += `M${x} ${y + tall}h${side}`;
        if (!inside(i, j - 1)) path += `M${x} ${y}v${tall}`;
        if (!inside(i, j + 1)) path += `M${x + side} ${y}v${tall}`;
      }
    if (path) svg.append(s("path", { d: path, class: "region" }));
  }
}

const MEASURES: { value: Measure; text: string }[] = [
  { value: "invalid", text: "share invalid" }, { value: "verdict", text: "verdict" }, { value: "best", text: "best value" }, { value: "trials", text: "trials" },
];

function rampLegend(low: string, high: string): HTMLElement {
  const bar = h("span", { class: "ramp", "aria-hidden": "true" });
  for (let i = 0; i < 24; i++) bar.append(styled(h("span"), { background: rampColour(i / 23) }));
  return h("p", { class: "legend ramps" }, low, bar, high);
}

function byPair(context: Context): HTMLElement {
  const { view } = context;
  const pair = context.remembered<[number, number]>(`pair/${view.task.name}`, tellingPair(view));
  const measure = context.remembered<Measure>("measure", "invalid");
  const off = context.remembered(`rules off/${view.task.name}`, new Set<number>());
  const [a, b] = pair.value;
  const rules = view.rules();
  const shown = rules.filter((_, i) => !off.value.has(i));
  const { svg, cells } = heatMap(view, a, b, measure.value, shown);
  const knobs = view.space.knobs;
  const options = knobs.map((knob, k) => ({ value: String(k), text: knob.name }));
  const tried = cells.filter((cell) => cell.total);
  const dead = tried.filter((cell) => cell.verdicts[0] === 0).length;
  const host = h("div", { class: "scroll heat", tabindex: 0, role: "group" }, svg);
  host.dataset.points = String(cells.length);
  const best = tried.map((cell) => cell.best).filter((value) => !Number.isNaN(value));
  const legend = measure.value === "verdict" ? verdictLegend(countsBy(view.verdict, CODES))
    : measure.value === "trials" ? rampLegend("many trials", "few")
    : measure.value === "best" ? rampLegend(`best ${best.length ? formatValue(view.maximize ? Math.max(...best) : Math.min(...best), view.objective) : ""}`,
                                            best.length ? formatValue(view.maximize ? Math.min(...best) : Math.max(...best), view.objective) : "")
    : rampLegend("all invalid", "all valid");
  return figure({
    title: "By a pair of knobs",
    summary: `Of ${plural(cells.length, "combination")} of ${knobs[a]!.name} and ${knobs[b]!.name}, ${integer(tried.length)} were tried; ` +
      `${integer(dead)} of these never gave a valid trial.` + (shown.length ? " Hatched cells lie wholly inside a learnt rule; a dot marks cells that a rule reaches into." : ""),
    controls: [
      choice("Rows", options, String(a), (value) => { pair.value = [Number(value), b]; context.redraw(); }),
      choice("Columns", options, String(b), (value) => { pair.value = [a, Number(value)]; context.redraw(); }),
      segments("Colour", MEASURES, measure.value, (value) => { measure.value = value as Measure; context.redraw(); }),
    ],
    legend, chart: host,
    table: {
      head: [knobs[a]!.name, knobs[b]!.name, "Trials", "Invalid", "Best"],
      rows: () => cells.flatMap((cell, i) => cell.total ? [[
        knobs[a]!.values[Math.floor(i / knobs[b]!.values.length)]!, knobs[b]!.values[i % knobs[b]!.values.length]!, integer(cell.total),
        percent(1 - cell.verdicts[0]! / cell.total), formatValue(cell.best, view.objective)]] : []),
    },
  });
}

function ruleList(context: Context): HTMLElement {
  const { view } = context;
  const off = context.remembered(`rules off/${view.task.name}`, new Set<number>());
  const pair = context.remembered<[number, number]>(`pair/${view.task.name}`, tellingPair(view));
  const rows = view.rules().map((rule, i) => {
    const input = h("input", { type: "checkbox", checked: !off.value.has(i), "aria-label": `Show the rule ${rule.text}`, "data-key": `rule/${i}` });
    input.addEventListener("change", () => {
      if (!off.value.delete(i)) off.value.add(i);
      context.redraw();
    });
    const knobs = knobsOf(rule);
    const show = knobs.length >= 2 ? h("button", { type: "button", class: "small", "data-key": `rule pair/${i}` }, "Show") : null;
    show?.addEventListener("click", () => { pair.value = [knobs[0]!, knobs[1]!]; context.redraw(); });
    const code = rule.verdict === "invalid" ? -1 : VERDICTS.indexOf(rule.verdict);
    return [h("span", {}, input), h("span", { class: "nowrap" }, code < 0 ? null : styled(h("span", { class: "swatch" }), { background: verdictColour(code) }), wordOf(rule.verdict)),
            h("code", {}, rule.text), `${integer(rule.covers)} of ${integer(rule.of)}`, percent(rule.precision),
            rule.valid_lost === undefined ? "–" : integer(rule.valid_lost), h("span", {}, show)];
  });
  return h("div", { class: "rules" }, h("h3", {}, "Learnt rules"),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Learnt rules" },
      plainTable(["Drawn", "Verdict", "Holds when", "Covers", "Precision", "Valid lost", "Pair"], rows, "Learnt rules")));
}

export const invalid: Section = {
  id: "invalid",
  title: "Where invalid configs live",
  lead: "Which values of which knobs fail, and how. Limits of hardware are seldom limits of single knobs, so pairs show more.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    if (!view.space.knobs.length) return "The space has no knobs.";
    return [byValue(view), ...(view.space.knobs.length > 1 ? [byPair(context)] : []), ...(view.rules().length ? [ruleList(context)] : [])];
  },
};
