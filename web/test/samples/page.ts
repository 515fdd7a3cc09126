/** A document in its page, and as it is sent. */
import type { Report, Space } from "../../src/schema.ts";

/** The document as it stands in the page: README.md says how the library does the same. */
export function escapeDocument(report: Report): string {
  return JSON.stringify(report).replace(
    /[<>&\u2028\u2029]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

export function pageOf(template: string, report: Report): string {
  const [before, after] = template.split("%TAMIS_DATA%") as [string, string];
  return before + escapeDocument(report) + after;
}

/** How many trials chose a value, counted apart from the page's filter. */
export function chosenTrials(
  view: { space: Space; choices: ArrayLike<number>[] },
  name: string,
  value: string,
): number {
  const k = view.space.knobs.findIndex((one) => one.name === name);
  return Array.from(view.choices[k]!).filter((choice) => view.space.knobs[k]!.values[choice] === value)
    .length;
}
