/** How each number was made, and of what the report is. */
import { h, plainTable } from "../dom.ts";
import { dateTime, integer } from "../format.ts";
import type { Context, Section } from "../section.ts";

const ALWAYS: { what: string; text: string }[] = [
  { what: "Trial", text: "A config that was tried, whatever came of it." },
  { what: "Measurement", text: "A trial that reached the device." },
  {
    what: "Build rejected before the device",
    text: "A trial that building refused: build failed, build timed out, resource exceeded.",
  },
  { what: "Invalid trial", text: "A trial whose verdict is not valid." },
  {
    what: "Range and median of sessions",
    text: "Where several sessions differ in the seed alone, curves show the median of their best so far and the range from the best to the worst of them, as far as all of them went.",
  },
];

export const how: Section = {
  id: "how",
  title: "How each number was made",
  lead: "What the words mean, where the numbers come from, and what this report was made of.",
  render({ report }: Context) {
    const notes = [...(report.how ?? []), ...ALWAYS];
    return [
      h(
        "dl",
        { class: "notes" },
        ...notes.flatMap((note) => [h("dt", {}, note.what), h("dd", {}, note.text)]),
      ),
      h("h3", {}, "Made of"),
      h(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": "Sources" },
        plainTable(
          [
            "Log",
            "Session",
            "Workload",
            "Target",
            "Device identity",
            "Strategy",
            "Initializer",
            "Seed",
            "Batch",
            "Trials",
            "Began",
            "Ended by",
          ],
          report.sessions.map((session) => [
            session.log,
            session.id,
            session.workload,
            session.target,
            session.target_identity ?? "",
            session.strategy,
            session.initializer ?? "",
            session.seed,
            session.batch ?? "",
            integer(session.counts.trials),
            session.started_unix_ms ? h("span", { class: "nowrap" }, dateTime(session.started_unix_ms)) : "",
            session.ending ?? "",
          ]),
          "Sources",
        ),
      ),
      ...(report.missing?.length
        ? [h("h3", {}, "What is missing"), h("ul", {}, ...report.missing.map((one) => h("li", {}, one.why)))]
        : []),
      h(
        "p",
        { class: "note" },
        `Made by ${report.product.name} ${report.product.version}` +
          (report.generated_unix_ms ? `, ${dateTime(report.generated_unix_ms)}.` : "."),
      ),
    ];
  },
};
