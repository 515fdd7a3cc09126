import { expect, test } from "vitest";
import {
  bandOf,
  bestSoFar,
  crossCounts,
  mutualInformation,
  quantile,
  runningCount,
  sortedRows,
  valueAt,
} from "../src/stats.ts";

const floats = (...numbers: number[]) => Float64Array.from(numbers);
const codes = (...numbers: number[]) => Uint8Array.from(numbers);

test("The best so far steps down at better valid trials only", () => {
  const steps = bestSoFar([1, 2, 3, 4, 5], floats(9, 1, 7, 8, 7), codes(0, 2, 0, 0, 0), false);
  expect(steps).toEqual({ x: [1, 3], best: [9, 7], end: 5 });
});

test("The best so far steps up where the objective is maximised", () => {
  expect(bestSoFar([1, 2, 3], floats(5, 4, 6), codes(0, 0, 0), true).best).toEqual([5, 6]);
});

test("A valid trial whose value is not a number does not count", () => {
  expect(bestSoFar([1, 2], floats(NaN, 3), codes(0, 0), false).best).toEqual([3]);
});

test("Nothing valid gives no steps", () => {
  expect(bestSoFar([1], floats(NaN), codes(5), false)).toEqual({ x: [], best: [], end: 1 });
});

test("There is no best before the first valid trial", () => {
  const steps = { x: [3, 5], best: [9, 7], end: 8 };
  expect([2, 3, 4, 5, 100].map((x) => valueAt(steps, x))).toEqual([NaN, 9, 9, 7, 7]);
});

test("A band is the median and the range of sessions, as far as all of them went", () => {
  const band = bandOf([
    { x: [1, 4], best: [10, 4], end: 6 },
    { x: [2], best: [8], end: 5 },
    { x: [1], best: [12], end: 9 },
  ]);
  expect(band).toEqual({ x: [2, 4, 5], low: [8, 4, 4], middle: [10, 8, 8], high: [12, 12, 12] });
});

test("A band of no session is empty", () => {
  expect(bandOf([]).x).toEqual([]);
});

test("Quantiles interpolate between order statistics", () => {
  expect([0, 0.5, 0.75, 1].map((share) => quantile([1, 2, 3, 4], share))).toEqual([1, 2.5, 3.25, 4]);
  expect(quantile([], 0.5)).toBeNaN();
});

test("Counts of pairs of codes stand by rows", () => {
  expect([...crossCounts(codes(0, 1, 1), codes(2, 0, 0), 2, 3)]).toEqual([0, 0, 1, 2, 0, 0]);
});

test("Codes that decide one another share all their bits, independent ones none", () => {
  expect(mutualInformation([4, 0, 0, 4], 2, 2)).toBeCloseTo(1);
  expect(mutualInformation([2, 2, 2, 2], 2, 2)).toBeCloseTo(0);
});

test("Running counts count flags", () => {
  expect([...runningCount([1, 0, 1])]).toEqual([1, 1, 2]);
});

test("Rows are sorted stably, and unknown keys come last both ways", () => {
  const keys = [3, NaN, 1, 3];
  const rows = Uint32Array.of(0, 1, 2, 3);
  expect([...sortedRows(rows, (row) => keys[row]!, false)]).toEqual([2, 0, 3, 1]);
  expect([...sortedRows(rows, (row) => keys[row]!, true)]).toEqual([0, 3, 2, 1]);
});
