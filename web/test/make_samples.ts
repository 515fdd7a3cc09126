/** Writes sample pages below a folder: npm run samples -- FOLDER */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as samples from "./samples.ts";

const folder = process.argv[2] ?? "dist/samples";
const template = readFileSync(new URL("../dist/report.html", import.meta.url), "utf8");
mkdirSync(folder, { recursive: true });
const made = {
  vta: samples.vtaReport(),
  hostile: samples.hostileReport(),
  empty: samples.emptyReport(),
  one: samples.oneTrialReport(),
  invalid: samples.nothingValidReport(),
  none: samples.noSessionsReport(),
  objective: samples.objectiveReport(),
  large: samples.largeReport(100_000),
};
for (const [name, report] of Object.entries(made)) {
  const page = samples.pageOf(template, report);
  writeFileSync(join(folder, `${name}.html`), page);
  console.log(`${name}.html: ${page.length} bytes`);
}
