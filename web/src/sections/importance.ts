/** Which knobs matter: shares of variance, marginals and contours. */
import { figure, h, s, styled } from "../dom.ts";
import { formatValue, integer, percent, shorten } from "../format.ts";
import { gridOf, type GridCell } from "../grid.ts";
import type { View } from "../model.ts";
import { rampColour } from "../palette.ts";
import type { Importance } from "../schema.ts";
import type { Context, Section } from "../section.ts";

function nameOf(view: View, knobs: number[]): string {
  return knobs.map((knob) => view.space.knobs[knob]?.name ?? "?").join(" × ");
}

function bars(view: View, one: Importance): HTMLElement {
  const entries = [
    ...one.single.map((single) => ({
      name: nameOf(view, [single.knob]),
      share: single.share,
      deviation: single.deviation,
      pair: false,
    })),
    ...(one.pairs ?? []).map((pair) => ({
      name: nameOf(view, pair.knobs),
      share: pair.share,
      deviation: undefined,
      pair: true,
    })),
  ]
    .sort((x, y) => y.share - x.share)
    .slice(0, 16);
  const most = Math.max(...entries.map((entry) => entry.share), 1e-9);
  const list = h(
    "ul",
    { class: "hbars", role: "list" },
    ...entries.map((entry) =>
      h(
        "li",
        {},
        h("span", { class: "name" }, entry.name),
        h(
          "span",
          { class: "track" },
          styled(h("span", { class: entry.pair ? "fill double" : "fill" }), {
            width: `${(entry.share / most) * 100}%`,
          }),
        ),
        h(
          "span",
          { class: "count" },
          percent(entry.share) + (entry.deviation ? ` ± ${(entry.deviation * 100).toFixed(1)}` : ""),
        ),
      ),
    ),
  );
  list.dataset.points = String(entries.length);
  const chart = h("div", { role: "group" }, list);
  const first = [...entries].find((entry) => !entry.pair);
  const fit =
    one.fit === undefined
      ? ""
      : ` The forest explains ${percent(one.fit, 0)} of the variance of trials that it has not seen.`;
  return figure({
    title: `Importance for the ${one.of}`,
    summary:
      (first
        ? `${first.name} matters most: alone it explains ${percent(first.share, 0)} of the variance.`
        : "No knob was judged.") + fit,
    chart,
    note: `${one.method}, from ${integer(one.trials)} trials. Lighter bars are what a pair explains beyond its two knobs.`,
    table: {
      head: ["Knobs", "Share of the variance"],
      rows: () => entries.map((entry) => [entry.name, percent(entry.share)]),
    },
  });
}

const WIDE = 210;
const TALL = 110;

/** A small curve of the mean by a knob's value, all on one scale. */
function marginal(
  view: View,
  one: NonNullable<Importance["marginals"]>[number],
  low: number,
  high: number,
): HTMLElement {
  const knob = view.space.knobs[one.knob]!;
  const x = (i: number) => 12 + (one.mean.length === 1 ? 0.5 : i / (one.mean.length - 1)) * (WIDE - 24);
  const y = (value: number) => 8 + ((high - value) / (high - low || 1)) * (TALL - 34);
  const svg = s("svg", {
    viewBox: `0 0 ${WIDE} ${TALL}`,
    role: "img",
    "aria-label": `${knob.name}: ${one.mean
      .map((mean, i) => (mean === null ? "" : `${knob.values[i]} ${formatValue(mean, view.objective)}`))
      .filter(Boolean)
      .join(", ")}`,
  });
  const points = one.mean.flatMap((mean, i) =>
    mean === null ? [] : [{ i, mean, deviation: one.deviation?.[i] ?? 0 }],
  );
  if (points.length > 1 && one.deviation)
    svg.append(
      s("path", {
        class: "band",
        d:
          "M" +
          [
            ...points.map((p) => `${x(p.i)} ${y(p.mean + p.deviation!)}`),
            ...points
              .slice()
              .reverse()
              .map((p) => `${x(p.i)} ${y(p.mean - p.deviation!)}`),
          ].join("L") +
          "Z",
      }),
    );
  svg.append(s("path", { class: "line", d: "M" + points.map((p) => `${x(p.i)} ${y(p.mean)}`).join("L") }));
  for (const p of points) svg.append(s("circle", { class: "dot", cx: x(p.i), cy: y(p.mean), r: 2.5 }));
  const every = Math.max(
    Math.ceil(one.mean.length / 6),
    Math.ceil((Math.max(...knob.values.map((value) => value.length)) * 7 * one.mean.length) / WIDE),
  );
  knob.values.forEach(
    (value, i) =>
      i % every === 0 &&
      svg.append(
        s(
          "text",
          {
            class: `tick ${i === 0 ? "" : i === knob.values.length - 1 ? "end" : "middle"}`,
            x: i === 0 ? x(i) - 5 : i === knob.values.length - 1 ? x(i) + 5 : x(i),
            y: TALL - 6,
          },
          shorten(value, 12),
        ),
      ),
  );
  return h("div", { class: "marginal" }, h("h4", {}, knob.name), svg);
}

function marginals(view: View, one: Importance): HTMLElement | undefined {
  if (!one.marginals?.length) return undefined;
  const all = one.marginals.flatMap((m) =>
    m.mean.flatMap((mean, i) =>
      mean === null ? [] : [mean - (m.deviation?.[i] ?? 0), mean + (m.deviation?.[i] ?? 0)],
    ),
  );
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const chart = h(
    "div",
    { class: "marginals", role: "group" },
    ...one.marginals.map((m) => marginal(view, m, low, high)),
  );
  chart.dataset.points = String(one.marginals.reduce((sum, m) => sum + m.mean.length, 0));
  return figure({
    title: "Mean by the value of a knob",
    summary: `The mean over all values of the other knobs, as the forest predicts it, between ${formatValue(low, view.objective)} and ${formatValue(high, view.objective)}; all on one scale.`,
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
        bars(view, one),
        marginals(view, one),
        ...(one.contours ?? []).map((c) => contour(view, c)),
      ])
      .filter((node) => node !== undefined);
  },
};
