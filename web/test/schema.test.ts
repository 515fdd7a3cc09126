import { Ajv2020 } from "ajv/dist/2020.js";
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { VERDICTS, type Report } from "../src/schema.ts";
import * as samples from "./samples.ts";

const schema = JSON.parse(readFileSync(new URL("../schema/report.schema.json", import.meta.url), "utf8"));
const validate = new Ajv2020({
  strict: true,
  strictTypes: false,
  strictTuples: false,
  strictRequired: false,
  validateFormats: false,
}).compile(schema);

/** As the document arrives: NaN and what is undefined have no form in JSON. */
const sent = (report: Report) => JSON.parse(JSON.stringify(report));

describe("The schema accepts every sample", () => {
  for (const [name, make] of Object.entries({
    vta: () => samples.vtaReport({ trials: 30, seeds: 2 }),
    hostile: samples.hostileReport,
    empty: samples.emptyReport,
    one: samples.oneTrialReport,
    invalid: samples.nothingValidReport,
    none: samples.noSessionsReport,
    objective: samples.objectiveReport,
    wide: samples.wideReport,
  }))
    test(name, () => {
      validate(sent(make()));
      expect(validate.errors ?? []).toEqual([]);
    });
});

test("The schema refuses a document of another version", () => {
  expect(validate({ ...sent(samples.emptyReport()), schema: 2 })).toBe(false);
});

test("The schema refuses an unknown verdict", () => {
  const report = sent(samples.nothingValidReport());
  report.sessions[0].default.verdict = "broken";
  expect(validate(report)).toBe(false);
});

test("The schema has the verdicts of the page, in its order", () => {
  expect(schema.$defs.verdict.enum).toEqual(VERDICTS);
});

test("An escaped document holds nothing that ends its element, and is the same document", () => {
  const report = samples.hostileReport();
  const text = samples.escapeDocument(report);
  expect(text).not.toMatch(/[<>&\u2028\u2029]/);
  expect(JSON.parse(text)).toEqual(sent(report));
});

test("A page of 100,000 trials with 12 knobs is smaller than 12 MB", () => {
  const template = readFileSync(new URL("../dist/report.html", import.meta.url), "utf8");
  expect(Buffer.byteLength(samples.pageOf(template, samples.largeReport(100_000)))).toBeLessThan(12_000_000);
});
