/** Sessions and strategies beside one another. */
import { barChart, barList } from "../bars.ts";
import { figure, h, plainTable, scrolling, styled } from "../dom.ts";
import { formatValue, integer, percent } from "../format.ts";
import type { SessionData, View } from "../model.ts";
import { groupColour } from "../palette.ts";
import type { Context, Section } from "../section.ts";
import { bestSoFar, quantile, runningCount } from "../stats.ts";

interface Row {
  name: string;
  sessions: SessionData[];
  bests: number[];
  within: number[];
}

/** Measurements until a session was within 5 % of the best value of all; NaN where it never was. */
function measurementsTo(data: SessionData, best: number, view: View): number {
  const steps = bestSoFar(runningCount(data.measured), data.value, data.verdict, view.maximize);
  const at = steps.best.findIndex((value) => (view.maximize ? value >= best * 0.95 : value <= best * 1.05));
  return at < 0 ? NaN : steps.x[at]!;
}

function rowsOf(view: View): Row[] {
  const best = view.bestValue();
  return [...view.groups()].map(([name, sessions]) => ({
    name,
    sessions,
    bests: sessions
      .map((data) => data.session.best?.value ?? NaN)
      .filter((value) => value === value)
      .sort((a, b) => a - b),
    within: sessions.map((data) => measurementsTo(data, best, view)),
  }));
}

/** The bests of a strategy on the scale of all: a dot per session, the median as a bar. */
function trackOf(view: View, bests: number[], i: number, at: (value: number) => string): HTMLElement {
  const track = h("span", { class: "track" }, h("span", { class: "rail" }));
  for (const value of bests) {
    const mark = h("span", { class: "mark", title: formatValue(value, view.objective) });
    track.append(styled(mark, { left: at(value), background: groupColour(i) }));
  }
  if (bests.length > 1)
    track.append(styled(h("span", { class: "median" }), { left: at(quantile(bests, 0.5)) }));
  return track;
}

function scaleOf(view: View, low: number, high: number): HTMLElement {
  const end = high > low ? h("span", {}, formatValue(high, view.objective)) : null;
  const ends = h("span", {}, h("span", {}, formatValue(low, view.objective)), end);
  return h("li", { class: "scale" }, h("span"), ends);
}

function dots(view: View, rows: Row[]): HTMLElement {
  const all = rows.flatMap((row) => row.bests);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const at = (value: number) => `${high === low ? 50 : 2 + ((value - low) / (high - low)) * 96}%`;
  const bars = rows.map(({ name, bests }, i) => ({
    name,
    track: trackOf(view, bests, i, at),
    count: bests.length ? `median ${formatValue(quantile(bests, 0.5), view.objective)}` : "nothing valid",
  }));
  return barChart(barList("dots", bars, all.length ? scaleOf(view, low, high) : null), all.length);
}

function summaryOf(view: View, rows: Row[]): string {
  const median = (row: Row) => quantile(row.bests, 0.5);
  const best = rows.filter((row) => row.bests.length).sort((a, b) => median(a) - median(b));
  const first = view.maximize ? best[best.length - 1] : best[0];
  return first
    ? `${first.name} has the best median, ${formatValue(median(first), view.objective)}. A dot is a session, the bar their median.`
    : "No session has a valid trial.";
}

function byStrategy(view: View, rows: Row[]): HTMLElement {
  const shares = view.maximize ? [1, 0.5, 0] : [0, 0.5, 1];
  const values = (row: Row) => shares.map((share) => formatValue(quantile(row.bests, share), view.objective));
  return figure({
    title: "Best value by strategy",
    chart: dots(view, rows),
    summary: summaryOf(view, rows),
    table: {
      head: ["Strategy", "Sessions", "Best", "Median", "Worst"],
      rows: () => rows.map((row) => [row.name, row.sessions.length, ...values(row)]),
    },
  });
}

const SESSION_COLUMNS = [
  "Strategy",
  "Log",
  "Seed",
  "Trials",
  "Measurements",
  "Builds rejected",
  "Invalid",
  "Best",
  "Measurements to within 5 %",
];

function sessionCells(row: Row, { session }: SessionData, i: number): (string | number)[] {
  const { counts } = session;
  return [
    row.name,
    session.log,
    session.seed,
    integer(counts.trials),
    integer(counts.measurements),
    integer(counts.rejected_builds),
    percent(counts.trials ? counts.invalid / counts.trials : NaN),
    formatValue(session.best?.value, session.objective),
    integer(row.within[i]!),
  ];
}

function sessionTable(rows: Row[]): HTMLElement {
  const cells = rows.flatMap((row) => row.sessions.map((data, i) => sessionCells(row, data, i)));
  const table = plainTable(SESSION_COLUMNS, cells, "Sessions");
  return h("div", { class: "after" }, h("h3", {}, "Sessions"), scrolling("Sessions", table));
}

export const comparison: Section = {
  id: "comparison",
  title: "Sessions and strategies compared",
  lead: "All sessions of this workload and target, whatever is chosen at the top.",
  render({ report, view }: Context) {
    if (view.task.sessions.length < 2) return undefined;
    const whole =
      view.sessions.length === view.task.sessions.length
        ? view
        : new (view.constructor as typeof View)(report, view.task);
    const rows = rowsOf(whole);
    return [byStrategy(whole, rows), sessionTable(rows)];
  },
};
