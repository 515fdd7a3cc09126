/** How each number was made, and of what the report is. */
import { h, plainTable, scrolling } from "../dom.ts";
import { dateTime, integer } from "../format.ts";
import type { Report, Session } from "../schema.ts";
import type { Context, Section } from "../section.ts";

/** What the page itself counts and joins; of the rest the document speaks. */
const ALWAYS: { what: string; text: string }[] = [
  {
    what: "Build rejected before the device",
    text: "A trial that building refused: build failed, build timed out, resource exceeded.",
  },
  {
    what: "Range and median of sessions",
    text: "Where several sessions differ in the seed alone, curves show the median of their best so far and the range from the best to the worst of them, as far as all of them went.",
  },
];

const SOURCE_COLUMNS = [
  "Log",
  "Session",
  "Workload",
  "Target",
  "Strategy",
  "Initializer",
  "Seed",
  "Batch",
  "Trials",
  "Began",
  "Ended by",
  "Identity of the target",
];

function sourceCells(session: Session): (string | number | Node)[] {
  const began = session.started_unix_ms;
  return [
    session.log,
    session.id,
    session.workload,
    session.target,
    session.strategy,
    session.initializer ?? "",
    session.seed,
    session.batch ?? "",
    integer(session.counts.trials),
    began ? h("span", { class: "nowrap" }, dateTime(began)) : "",
    session.ending ?? "",
    h("span", { class: "nowrap" }, session.target_identity ?? ""),
  ];
}

function notes(report: Report): HTMLElement {
  const all = [...(report.how ?? []), ...ALWAYS];
  const parts = all.flatMap((note) => [h("dt", {}, note.what), h("dd", {}, note.text)]);
  return h("dl", { class: "notes" }, ...parts);
}

function missing(report: Report): HTMLElement[] {
  if (!report.missing?.length) return [];
  const items = report.missing.map((one) => h("li", {}, one.why));
  return [h("h3", {}, "What is missing"), h("ul", {}, ...items)];
}

function madeBy({ product, generated_unix_ms: when }: Report): HTMLElement {
  const text = `Made by ${product.name} ${product.version}${when ? `, ${dateTime(when)}` : ""}.`;
  return h("p", { class: "note" }, text);
}

export const how: Section = {
  id: "how",
  title: "How each number was made",
  lead: "What the words mean, where the numbers come from, and what this report was made of.",
  render({ report }: Context) {
    const sources = plainTable(SOURCE_COLUMNS, report.sessions.map(sourceCells), "Sources");
    return [
      notes(report),
      h("h3", {}, "Made of"),
      scrolling("Sources", sources),
      ...missing(report),
      madeBy(report),
    ];
  },
};
