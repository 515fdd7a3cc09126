/** Sessions and strategies beside one another. */
import { figure, h, plainTable, styled } from "../dom.ts";
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

/** A dot per session on one scale, the median as a bar. */
function dots(view: View, rows: Row[]): HTMLElement {
  const all = rows.flatMap((row) => row.bests);
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const at = (value: number) => `${high === low ? 50 : 2 + ((value - low) / (high - low)) * 96}%`;
  const list = h(
    "ul",
    { class: "hbars dots", role: "list" },
    ...rows.map((row, i) => {
      const track = h("span", { class: "track" }, h("span", { class: "rail" }));
      for (const value of row.bests)
        track.append(
          styled(h("span", { class: "mark", title: formatValue(value, view.objective) }), {
            left: at(value),
            background: groupColour(i),
          }),
        );
      if (row.bests.length > 1)
        track.append(styled(h("span", { class: "median" }), { left: at(quantile(row.bests, 0.5)) }));
      return h(
        "li",
        {},
        h("span", { class: "name" }, row.name),
        track,
        h(
          "span",
          { class: "count" },
          row.bests.length
            ? `median ${formatValue(quantile(row.bests, 0.5), view.objective)}`
            : "nothing valid",
        ),
      );
    }),
    all.length
      ? h(
          "li",
          { class: "scale" },
          h("span"),
          h(
            "span",
            {},
            h("span", {}, formatValue(low, view.objective)),
            high > low ? h("span", {}, formatValue(high, view.objective)) : null,
          ),
        )
      : null,
  );
  const host = h("div", { role: "group" }, list);
  host.dataset.points = String(all.length);
  const best = [...rows]
    .filter((row) => row.bests.length)
    .sort((a, b) => quantile(a.bests, 0.5) - quantile(b.bests, 0.5));
  const first = view.maximize ? best[best.length - 1] : best[0];
  return figure({
    title: "Best value by strategy",
    chart: host,
    summary: first
      ? `${first.name} has the best median, ${formatValue(quantile(first.bests, 0.5), view.objective)}. A dot is a session, the bar their median.`
      : "No session has a valid trial.",
    table: {
      head: ["Strategy", "Sessions", "Best", "Median", "Worst"],
      rows: () =>
        rows.map((row) => [
          row.name,
          row.sessions.length,
          ...(view.maximize ? [1, 0.5, 0] : [0, 0.5, 1]).map((share) =>
            formatValue(quantile(row.bests, share), view.objective),
          ),
        ]),
    },
  });
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
    const table = plainTable(
      [
        "Strategy",
        "Log",
        "Seed",
        "Trials",
        "Measurements",
        "Builds rejected",
        "Invalid",
        "Best",
        "Measurements to within 5 %",
      ],
      rows.flatMap((row) =>
        row.sessions.map(({ session }, i) => [
          row.name,
          session.log,
          session.seed,
          integer(session.counts.trials),
          integer(session.counts.measurements),
          integer(session.counts.rejected_builds),
          percent(session.counts.trials ? session.counts.invalid / session.counts.trials : NaN),
          formatValue(session.best?.value, session.objective),
          integer(row.within[i]!),
        ]),
      ),
      "Sessions",
    );
    return [
      dots(whole, rows),
      h(
        "div",
        { class: "after" },
        h("h3", {}, "Sessions"),
        h("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Sessions" }, table),
      ),
    ];
  },
};
