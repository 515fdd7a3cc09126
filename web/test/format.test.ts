import { expect, test } from "vitest";
import {
  firm,
  duration,
  formatValue,
  integer,
  percent,
  plural,
  shorten,
  significant,
} from "../src/format.ts";
import { linearTicks, logTicks, padded } from "../src/plot.ts";

test("Latencies take the unit in which they read best", () => {
  expect([12, 1234, 1234567, 2.5e9].map((ns) => formatValue(ns))).toEqual([
    "12.00 ns",
    "1.234 µs",
    "1.235 ms",
    "2.500 s",
  ]);
});

test("What is unknown is a dash", () => {
  expect([
    formatValue(NaN),
    formatValue(undefined),
    percent(NaN),
    integer(NaN),
    significant(Infinity),
  ]).toEqual(["–", "–", "–", "–", "–"]);
});

test("An objective keeps its own unit", () => {
  const objective = { name: "throughput", unit: "images/s", direction: "maximize" } as const;
  expect(formatValue(1234567, objective)).toBe("1\u202f234\u202f567 images/s");
});

test("Very large and very small numbers have an exponent", () => {
  expect([significant(1.5e12), significant(0.00000123)]).toEqual(["1.50e12", "1.23e-6"]);
});

test("Durations are in two units at most", () => {
  expect([5, 1500, 100_000, 7_260_000].map(duration)).toEqual(["5 ms", "1.50 s", "1 min 40 s", "2 h 1 min"]);
});

test("One is singular", () => {
  expect([plural(1, "trial"), plural(2, "trial")]).toEqual(["1 trial", "2 trials"]);
});

test("Texts that are cut are marked", () => {
  expect([shorten("abc", 3), shorten("abcd", 3)]).toEqual(["abc", "ab…"]);
});

test("Linear ticks are round and lie inside", () => {
  expect(linearTicks(0, 10)).toEqual([0, 2, 4, 6, 8, 10]);
  expect(linearTicks(3, 3)).toEqual([3]);
});

test("Logarithmic ticks divide decades where there are few", () => {
  expect(logTicks(1, 100)).toEqual([1, 2, 5, 10, 20, 50, 100]);
  expect(logTicks(1, 1e6)).toEqual([1, 10, 100, 1000, 10000, 100000, 1000000]);
});

test("Ranges are never empty", () => {
  for (const [low, high] of [
    padded(5, 5, false),
    padded(0, 0, false),
    padded(NaN, NaN, false),
    padded(5, 5, true),
    padded(Infinity, -Infinity, true),
  ])
    expect(high).toBeGreaterThan(low);
});

test("A number stays on one line with its unit", () => {
  expect(firm("5.3 ms, 8 % of 3 s; 4 sessions")).toBe("5.3\u00a0ms, 8\u00a0% of 3\u00a0s; 4 sessions");
});
