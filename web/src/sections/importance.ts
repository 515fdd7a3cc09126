/** Which knobs matter: shares of variance, marginals and contours. */
import { barChart, barList, type BarRow } from "../bars.ts";
import { figure, h, s, styled } from "../dom.ts";
import { formatValue, integer, percent, shorten } from "../format.ts";
import { gridOf, type GridCell } from "../grid.ts";
import type { View } from "../model.ts";
import { rampColour } from "../palette.ts";
import type { Importance } from "../schema.ts";
import type { Context, Section } from "../section.ts";
import { MOST_VALUES } from "./pairs.ts";

function nameOf(view: View, knobs: number[]): string {
  return knobs.map((knob) => view.space.knobs[knob]?.name ?? "?").join(" × ");
}

interface Entry {
  name: string;
  share: number;
  deviation?: number;
  pair: boolean;
}

const MOST_BARS = 16;

/** Knobs and pairs of them, those that explain the most first. */
function entriesOf(view: View, one: Importance): Entry[] {
  const singles = one.single.map(({ knob, share, deviation }) => ({
    name: nameOf(view, [knob]),
    share,
    deviation,
    pair: false,
  }));
  const pairs = (one.pairs ?? []).map(({ knobs, share }) => ({
    name: nameOf(view, knobs),
    share,
    pair: true,
  }));
  return [...singles, ...pairs].sort((x, y) => y.share - x.share).slice(0, MOST_BARS);
}

function barOf({ name, share, deviation, pair }: Entry, most: number): BarRow {
  const fill = h("span", { class: pair ? "fill double" : "fill" });
  return {
    name,
    track: h("span", { class: "track" }, styled(fill, { width: `${(share / most) * 100}%` })),
    count: percent(share) + (deviation ? ` ± ${(deviation * 100).toFixed(1)}` : ""),
  };
}

function summaryOf(entries: Entry[], fit: number | undefined): string {
  const first = entries.find((entry) => !entry.pair);
  const most = first
    ? `${first.name} matters most: alone it explains ${percent(first.share, 0)} of the variance.`
    : "No knob was judged.";
  if (fit === undefined) return most;
  return `${most} The forest explains ${percent(fit, 0)} of the variance of trials that it has not seen.`;
}

function shares(view: View, one: Importance): HTMLElement {
  const entries = entriesOf(view, one);
  const most = Math.max(...entries.map((entry) => entry.share), 1e-9);
  const bars = entries.map((entry) => barOf(entry, most));
  return figure({
    title: `Importance for the ${one.of}`,
    summary: summaryOf(entries, one.fit),
    chart: barChart(barList("", bars), entries.length),
    note: `${one.method}, from ${integer(one.trials)} trials. Lighter bars are what a pair explains beyond its two knobs.`,
    table: {
      head: ["Knobs", "Share of the variance"],
      rows: () => entries.map((entry) => [entry.name, percent(entry.share)]),
    },
  });
}

const WIDE = 210;
const TALL = 110;

type Marginal = NonNullable<Importance["marginals"]>[number];

/** Where a small curve has its points. */
interface Curve {
  x: (i: number) => number;
  y: (value: number) => number;
  points: { i: number; mean: number; deviation: number }[];
}

function curveOf({ mean, deviation }: Marginal, low: number, high: number): Curve {
  return {
    x: (i) => 12 + (mean.length === 1 ? 0.5 : i / (mean.length - 1)) * (WIDE - 24),
    y: (value) => 8 + ((high - value) / (high - low || 1)) * (TALL - 34),
    points: mean.flatMap((one, i) =>
      one === null ? [] : [{ i, mean: one, deviation: deviation?.[i] ?? 0 }],
    ),
  };
}

function bandOf({ x, y, points }: Curve): SVGElement {
  const above = points.map((p) => `${x(p.i)} ${y(p.mean + p.deviation)}`);
  const below = points.map((p) => `${x(p.i)} ${y(p.mean - p.deviation)}`).reverse();
  return s("path", { class: "band", d: `M${[...above, ...below].join("L")}Z` });
}

/** The values of a knob below its curve; of many only some. */
function ticksOf(values: string[], x: Curve["x"]): SVGElement[] {
  const widest = Math.max(...values.map((value) => value.length)) * 7;
  const every = Math.max(Math.ceil(values.length / 6), Math.ceil((widest * values.length) / WIDE));
  const last = values.length - 1;
  return values.flatMap((value, i) => {
    if (i % every) return [];
    const [side, shift] = i === 0 ? ["", -5] : i === last ? ["end", 5] : ["middle", 0];
    return [s("text", { class: `tick ${side}`, x: x(i) + shift, y: TALL - 6 }, shorten(value, 12))];
  });
}

/** A small curve of the mean by a knob's value, all on one scale. */
function marginal(view: View, one: Marginal, low: number, high: number): HTMLElement {
  const { name, values } = view.space.knobs[one.knob]!;
  const curve = curveOf(one, low, high);
  const { x, y, points } = curve;
  const said = points.map(({ i, mean }) => `${values[i]} ${formatValue(mean, view.objective)}`);
  const svg = s("svg", {
    viewBox: `0 0 ${WIDE} ${TALL}`,
    role: "img",
    "aria-label": `${name}: ${said.join(", ")}`,
  });
  if (points.length > 1 && one.deviation) svg.append(bandOf(curve));
  svg.append(s("path", { class: "line", d: "M" + points.map((p) => `${x(p.i)} ${y(p.mean)}`).join("L") }));
  for (const p of points) svg.append(s("circle", { class: "dot", cx: x(p.i), cy: y(p.mean), r: 2.5 }));
  svg.append(...ticksOf(values, x));
  return h("div", { class: "marginal" }, h("h4", {}, name), svg);
}

function marginals(view: View, one: Importance): HTMLElement | undefined {
  if (!one.marginals?.length) return undefined;
  const means = one.marginals.flatMap((m) =>
    m.mean.flatMap((mean, i) => (mean === null ? [] : [{ mean, deviation: m.deviation?.[i] ?? 0 }])),
  );
  const low = Math.min(...means.map(({ mean, deviation }) => mean - deviation));
  const high = Math.max(...means.map(({ mean, deviation }) => mean + deviation));
  const least = formatValue(Math.min(...means.map(({ mean }) => mean)), view.objective);
  const most = formatValue(Math.max(...means.map(({ mean }) => mean)), view.objective);
  const chart = h(
    "div",
    { class: "marginals", role: "group" },
    ...one.marginals.map((m) => marginal(view, m, low, high)),
  );
  chart.dataset.points = String(one.marginals.reduce((sum, m) => sum + m.mean.length, 0));
  return figure({
    title: "Mean by the value of a knob",
    summary: `The mean over all values of the other knobs, as the forest predicts it, between ${least} and ${most}; all on one scale.`,
    chart,
    table: {
      head: ["Knob", "Value", "Mean"],
      rows: () =>
        one.marginals!.flatMap((m) =>
          m.mean.map((mean, i) => [
            view.space.knobs[m.knob]!.name,
            view.space.knobs[m.knob]!.values[i]!,
            formatValue(mean, view.objective),
          ]),
        ),
    },
  });
}

type Contour = NonNullable<Importance["contours"]>[number];

/** One of eight steps from 0, the best mean, to 1; in ratios where the means differ much. */
function stepOf(mean: number, low: number, high: number, maximize: boolean): number {
  if (high === low) return 0;
  const share =
    low > 0 && high > 4 * low ? Math.log(mean / low) / Math.log(high / low) : (mean - low) / (high - low);
  return Math.min(Math.floor((maximize ? 1 - share : share) * 8) / 7, 1);
}

function contour(view: View, { knobs, mean }: Contour): HTMLElement {
  const [down, across] = [view.space.knobs[knobs[0]]!, view.space.knobs[knobs[1]]!];
  const columns = across.values.length;
  const known = mean.filter((one): one is number => one !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const cell = (i: number, j: number): GridCell => {
    const one = mean[i * columns + j] ?? null;
    const text = `${down.name}=${down.values[i]}, ${across.name}=${across.values[j]}: ${formatValue(one, view.objective)}`;
    return { text, fill: one === null ? undefined : rampColour(stepOf(one, low, high, view.maximize)) };
  };
  const svg = gridOf({ down, across, largest: 40, cell });
  const spread = `${formatValue(low, view.objective)} to ${formatValue(high, view.objective)}`;
  return figure({
    title: `${down.name} and ${across.name}`,
    summary: `Mean over the other knobs, in eight steps from ${spread}; the better, the stronger the colour.`,
    chart: h("div", { class: "scroll heat", tabindex: 0, role: "group", "data-points": mean.length }, svg),
    table: {
      head: [down.name, across.name, "Mean"],
      rows: () =>
        mean.map((one, i) => {
          const names = [down.values[Math.floor(i / columns)]!, across.values[i % columns]!];
          return [...names, formatValue(one, view.objective)];
        }),
    },
  });
}

export const importance: Section = {
  id: "importance",
  title: "Which knobs matter",
  lead: "How much of the variance of the outcome each knob explains, alone and with another.",
  render({ view, report }: Context) {
    const all = (report.importance ?? []).filter((one) => one.space === view.task.space);
    if (!all.length) return undefined;
    return all
      .flatMap((one) => [
        shares(view, one),
        marginals(view, one),
        ...(one.contours ?? []).filter((c) => c.mean.length <= MOST_VALUES ** 2).map((c) => contour(view, c)),
      ])
      .filter((node) => node !== undefined);
  },
};
