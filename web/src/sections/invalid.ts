/** Where invalid configs live: verdicts by knob value, by pairs of knobs, and the learnt rules. */
import { figure, h, plainTable, styled } from "../dom.ts";
import { integer, percent, plural, shorten } from "../format.ts";
import { knobsOf, reachOf, type View } from "../model.ts";
import { VERDICT_WORDS, verdictColour, verdictLegend } from "../palette.ts";
import { VERDICTS, type Rule } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { countsBy, crossCounts } from "../stats.ts";
import { byPair, chosenPair, mappable, MOST_VALUES, pairOfRule } from "./pairs.ts";

const CODES = VERDICTS.length;

/** The trials of one value of a knob by verdict. */
interface ValueCounts {
  knob: number;
  value: number;
  name: string;
  text: string;
  own: Uint32Array;
  total: number;
}

function countsOf(view: View, knob: number): ValueCounts[] {
  const { name, values } = view.space.knobs[knob]!;
  const counts = crossCounts(view.choices[knob]!, view.verdict, values.length, CODES);
  return values.map((text, value) => {
    const own = counts.slice(value * CODES, (value + 1) * CODES);
    return { knob, value, name, text, own, total: own.reduce((sum, n) => sum + n, 0) };
  });
}

/** Why no trial chose a value of a knob. */
export function whyUnchosen(view: View, knob: number, value: number): string {
  const known = view.space.unchosen?.find((one) => one.knob === knob && one.value === value);
  if (known) return known.why;
  const alone = view.rules().filter((rule) => knobsOf(rule).length === 1 && knobsOf(rule)[0] === knob);
  const rule = alone.find((one) => reachOf(one, view.space, knob, value, -1, 0) === "always");
  if (rule) return `every such config is ${wordOf(rule.verdict)} by the rule ${rule.text}`;
  return "never chosen";
}

function wordOf(verdict: Rule["verdict"]): string {
  return verdict === "invalid" ? "invalid" : VERDICT_WORDS[verdict];
}

function valueRow(view: View, { knob, value, text, own, total }: ValueCounts): HTMLElement {
  const label = h("span", { class: "value", title: text }, shorten(text, 24));
  if (!total) {
    const why = h("span", { class: "never" }, whyUnchosen(view, knob, value));
    return h("li", { class: "unchosen" }, label, why);
  }
  const bar = h("span", { class: "bar thin" });
  own.forEach((count, code) => {
    if (count) bar.append(styled(h("span"), { "flex-grow": String(count), background: verdictColour(code) }));
  });
  const all = VERDICTS.flatMap((verdict, code) =>
    own[code] ? [`${VERDICT_WORDS[verdict]} ${integer(own[code]!)}`] : [],
  ).join(", ");
  const share = h("span", { class: "count" }, percent(own[0]! / total, 0));
  return h("li", { title: all }, label, bar, share, h("span", { class: "hidden" }, ` valid; ${all}`));
}

function worstFailure(view: View, { knob, value, own, total }: ValueCounts): string {
  if (!total) return whyUnchosen(view, knob, value);
  const worst = [...own.keys()].slice(1).sort((a, b) => own[b]! - own[a]!)[0]!;
  return own[worst] ? `${VERDICT_WORDS[VERDICTS[worst]!]} (${integer(own[worst]!)})` : "";
}

/** A value that was tried less often may have failed by chance. */
const ENOUGH = 12;

function summaryOf(all: ValueCounts[]): string {
  const often = all.filter((one) => one.total >= ENOUGH);
  const share = (one: ValueCounts) => 1 - one.own[0]! / one.total;
  const worst = often.sort((a, b) => share(b) - share(a))[0];
  if (!worst || share(worst) === 0) return `No value that was tried at least ${ENOUGH} times fails.`;
  const name = `${worst.name}=${worst.text}`;
  return `Of the values that were tried at least ${ENOUGH} times, ${name} fails most often: ${percent(share(worst), 0)} of ${plural(worst.total, "trial")}.`;
}

/** Of the many values of a knob those that were tried most often, in their order. */
function mostTried(block: ValueCounts[]): ValueCounts[] {
  if (block.length <= MOST_VALUES) return block;
  const kept = [...block].sort((x, y) => y.total - x.total || x.value - y.value).slice(0, MOST_VALUES);
  return kept.sort((x, y) => x.value - y.value);
}

function knobBlock(view: View, block: ValueCounts[]): HTMLElement {
  const shown = mostTried(block);
  const rows = shown.map((one) => valueRow(view, one));
  const left = block.length - shown.length;
  const note = `and ${plural(left, "value")} that were tried less often`;
  if (left) rows.push(h("li", { class: "unchosen" }, h("span"), h("span", { class: "never" }, note)));
  return h("div", { class: "knob" }, h("h4", {}, block[0]?.name), h("ul", {}, ...rows));
}

function byValue(view: View): HTMLElement {
  const blocks = view.space.knobs.map((_, knob) => countsOf(view, knob));
  const all = blocks.flat();
  const points = blocks.reduce((sum, block) => sum + Math.min(block.length, MOST_VALUES), 0);
  const grid = h("div", { class: "knobs", role: "group", "data-points": points });
  grid.append(...blocks.map((block) => knobBlock(view, block)));
  return figure({
    title: "By the value of a knob",
    summary: summaryOf(all),
    legend: verdictLegend(countsBy(view.verdict, CODES)),
    chart: grid,
    note:
      "The number is the share of valid trials." +
      (all.some((one) => !one.total) ? " Values without a bar were chosen by no trial." : ""),
    table: {
      head: ["Knob", "Value", "Trials", "Valid", "Most frequent failure"],
      rows: () =>
        all.map((one) => {
          const valid = one.total ? percent(one.own[0]! / one.total) : "–";
          return [one.name, one.text, integer(one.total), valid, worstFailure(view, one)];
        }),
    },
  });
}

function ruleRow(context: Context, rule: Rule, i: number): (string | Node)[] {
  const { pair, off } = chosenPair(context);
  const label = `Show the rule ${rule.text}`;
  const input = h("input", {
    type: "checkbox",
    checked: !off.value.has(i),
    "aria-label": label,
    "data-key": `rule/${i}`,
  });
  input.addEventListener("change", () => {
    if (!off.value.delete(i)) off.value.add(i);
    context.redraw();
  });
  const knobs = pairOfRule(context.view, rule);
  const show = h("button", { type: "button", class: "small", "data-key": `rule pair/${i}` }, "Show");
  show.addEventListener("click", () => {
    pair.value = knobs!;
    context.redraw();
  });
  const code = rule.verdict === "invalid" ? -1 : VERDICTS.indexOf(rule.verdict);
  const swatch =
    code < 0 ? null : styled(h("span", { class: "swatch" }), { background: verdictColour(code) });
  return [
    h("span", {}, input),
    h("span", { class: "nowrap" }, swatch, wordOf(rule.verdict)),
    h("code", {}, rule.text),
    h("span", { class: "nowrap" }, `${integer(rule.covers)} of ${integer(rule.of)}`),
    percent(rule.precision),
    rule.valid_lost === undefined ? "–" : integer(rule.valid_lost),
    h("span", {}, knobs !== undefined && show),
  ];
}

function ruleList(context: Context): HTMLElement {
  const head = ["Drawn", "Verdict", "Holds when", "Covers", "Precision", "Valid lost", "Pair"];
  const rows = context.view.rules().map((rule, i) => ruleRow(context, rule, i));
  const table = plainTable(head, rows, "Learnt rules");
  return h(
    "div",
    { class: "rules" },
    h("h3", {}, "Learnt rules"),
    h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Learnt rules" }, table),
  );
}

export const invalid: Section = {
  id: "invalid",
  title: "Where invalid configs live",
  lead: "Which values of which knobs fail, and how. Limits of hardware are seldom limits of single knobs, so pairs show more.",
  render(context: Context) {
    const { view } = context;
    if (!view.count) return "There are no trials yet.";
    if (!view.space.knobs.length) return "The space has no knobs.";
    return [
      byValue(view),
      ...(mappable(view).length > 1 ? [byPair(context)] : []),
      ...(view.rules().length ? [ruleList(context)] : []),
    ];
  },
};
