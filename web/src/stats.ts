/** What the charts show, computed from columns; nothing of drawing. */
import type { Numbers } from "./decode.ts";

export const VALID = 0;

/** Points at which the best so far changes; between them it stays. */
export interface Steps {
  x: number[];
  best: number[];
  /** Where the session ends. */
  end: number;
}

/** `x` per trial, ascending; `better` says which of two values is preferred. */
export function bestSoFar(
  x: ArrayLike<number>,
  values: Numbers,
  verdicts: Numbers,
  maximize: boolean,
): Steps {
  const steps: Steps = { x: [], best: [], end: x.length ? x[x.length - 1]! : 0 };
  let best = NaN;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (verdicts[i] !== VALID || Number.isNaN(value)) continue;
    if (!(maximize ? value <= best : value >= best)) {
      best = value;
      steps.x.push(x[i]!);
      steps.best.push(best);
    }
  }
  return steps;
}

/** The best so far at `at`; NaN before the first valid trial. */
export function valueAt(steps: Steps, at: number): number {
  let low = 0;
  let high = steps.x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps.x[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? NaN : steps.best[low - 1]!;
}

export interface Band {
  x: number[];
  middle: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** Median and range of several sessions' best so far, wherever one of them changes and all of them are still under way.
 * Where not every session has a valid trial yet there is no median. */
export function bandOf(sessions: Steps[]): Band {
  const band: Band = { x: [], middle: [], low: [], high: [] };
  const common = Math.min(...sessions.map((steps) => steps.end));
  const at = new Set<number>();
  for (const steps of sessions) for (const x of steps.x) if (x <= common) at.add(x);
  if (sessions.length && Number.isFinite(common)) at.add(common);
  for (const x of [...at].sort((a, b) => a - b)) {
    const values = sessions.map((steps) => valueAt(steps, x));
    if (values.some(Number.isNaN)) continue;
    values.sort((a, b) => a - b);
    band.x.push(x);
    band.middle.push(quantile(values, 0.5));
    band.low.push(values[0]!);
    band.high.push(values[values.length - 1]!);
  }
  return band;
}

/** Linear interpolation between order statistics of ascending numbers. */
export function quantile(ascending: ArrayLike<number>, share: number): number {
  if (ascending.length === 0) return NaN;
  const at = share * (ascending.length - 1);
  const below = Math.floor(at);
  const above = Math.min(below + 1, ascending.length - 1);
  return ascending[below]! + (ascending[above]! - ascending[below]!) * (at - below);
}

export function countsBy(codes: Numbers, size: number): Uint32Array {
  const counts = new Uint32Array(size);
  for (let i = 0; i < codes.length; i++) counts[codes[i]!]!++;
  return counts;
}

/** `counts[first * columns + second]`: how often two codes meet. */
export function crossCounts(first: Numbers, second: Numbers, rows: number, columns: number): Uint32Array {
  const counts = new Uint32Array(rows * columns);
  for (let i = 0; i < first.length; i++) counts[first[i]! * columns + second[i]!]!++;
  return counts;
}

/** Numbers of what reached the device so far, per trial. */
export function runningCount(flags: ArrayLike<number>): Float64Array {
  const out = new Float64Array(flags.length);
  let count = 0;
  for (let i = 0; i < flags.length; i++) out[i] = count += flags[i] ? 1 : 0;
  return out;
}

/** How much knowing one code tells of the other, in bits. */
export function mutualInformation(counts: ArrayLike<number>, rows: number, columns: number): number {
  let total = 0;
  const byRow = new Float64Array(rows);
  const byColumn = new Float64Array(columns);
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const n = counts[r * columns + c]!;
      total += n;
      byRow[r]! += n;
      byColumn[c]! += n;
    }
  let bits = 0;
  for (let r = 0; r < rows; r++)
    for (let c = 0; c < columns; c++) {
      const n = counts[r * columns + c]!;
      if (n) bits += (n / total) * Math.log2((n * total) / (byRow[r]! * byColumn[c]!));
    }
  return total ? bits : 0;
}

/** Rows in the order of their keys; NaN last in both directions, equal ones in their old order. */
export function sortedRows(
  rows: Uint32Array,
  key: (row: number) => number | string,
  descending: boolean,
): Uint32Array {
  const keys = new Map<number, number | string>();
  for (const row of rows) keys.set(row, key(row));
  const sign = descending ? -1 : 1;
  return Uint32Array.from(rows).sort((a, b) => {
    const left = keys.get(a)!;
    const right = keys.get(b)!;
    const leftMissing = typeof left === "number" && Number.isNaN(left);
    const rightMissing = typeof right === "number" && Number.isNaN(right);
    if (leftMissing || rightMissing) return Number(leftMissing) - Number(rightMissing) || a - b;
    return left < right ? -sign : left > right ? sign : a - b;
  });
}
