/** A made-up VTA, and searches over its configs. */
import type { Knob, Verdict } from "../../src/schema.ts";

/** A small generator of random numbers in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

export function knob(name: string, kind: Knob["kind"], values: (string | number)[]): Knob {
  return { name, kind, values: values.map(String) };
}

export const VTA_KNOBS: Knob[] = [
  knob("tile_h", "split", [1, 2, 4, 7, 8, 14, 28, 56]),
  knob("tile_w", "split", [1, 2, 4, 7, 8, 14, 28, 56]),
  knob("tile_ci", "split", [1, 2, 4, 8]),
  knob("tile_co", "split", [1, 2, 4, 8, 16]),
  knob("oc_nthread", "number", [1, 2]),
  knob("h_nthread", "number", [1, 2]),
  knob("loop_order", "name", ["h.co.w", "h.w.co", "co.h.w", "w.co.h"]),
  knob("resident", "name", ["none", "inp", "wgt", "inp+wgt"]),
  knob("uop_loops", "name", ["template", "spatial", "kernel"]),
  knob("operands", "name", ["own", "shared"]),
  knob("bias", "name", ["alu", "gemm"]),
  knob("epilogue", "name", ["tile", "block"]),
];

export interface Outcome {
  verdict: Verdict;
  value: number;
  message: string;
}

function invalidOutcome(verdict: Verdict, message: string): Outcome {
  return { verdict, value: NaN, message };
}

/** A made-up VTA: memories that overflow, programs that hang, and valleys where loads overlap with compute. */
export function simulate(choice: number[]): Outcome {
  const number = (k: number) => Number(VTA_KNOBS[k]!.values[choice[k]!]!);
  const name = (k: number) => VTA_KNOBS[k]!.values[choice[k]!]!;
  const [h, w, ci, co, threadsCo, threadsH] = [0, 1, 2, 3, 4, 5].map(number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const threads = threadsCo * threadsH;
  const accumulators = h * w * co * threads;
  if (accumulators > 2048)
    return invalidOutcome(
      "resource_exceeded",
      `accumulator memory: ${accumulators} elements do not fit in 2048`,
    );
  if (ci * co > 64)
    return invalidOutcome("resource_exceeded", `weight memory: ${ci * co * 9} blocks do not fit in 1024`);
  if (threadsCo === 2 && threadsH === 2)
    return invalidOutcome("build_failed", "virtual threads over both channels and rows are not supported");
  if (threadsH === 2 && h > 28)
    return invalidOutcome(
      "build_failed",
      "56 rows cannot be split between 2 virtual threads of more than 28 rows",
    );
  if (name(8) === "kernel" && h * w > 784)
    return invalidOutcome("resource_exceeded", "micro-op memory: 7056 micro-ops do not fit in 4096");
  if (name(7) === "inp+wgt" && h * w * ci > 1568)
    return invalidOutcome(
      "run_timeout",
      "no answer after 10 s; the program waits for a token that never comes",
    );
  if (name(9) === "shared" && threads === 2 && w === 7 && ci === 8)
    return invalidOutcome(
      "wrong_result",
      "output differs from the reference in 1,568 of 200,704 elements; first at [0, 3, 0, 7, 2]",
    );
  const compute =
    (1_806_336 / Math.min(16, 4 + Math.log2(h * w * co + 1))) * (name(8) === "template" ? 1 : 0.94);
  const halo = ((h + 2) * (w + 2)) / (h * w);
  const reload = { "h.co.w": 1.1, "h.w.co": 1.25, "co.h.w": 1, "w.co.h": 1.3 }[name(6)] ?? 1;
  const kept = { none: 1, inp: 0.72, wgt: 0.8, "inp+wgt": 0.62 }[name(7)] ?? 1;
  const load = 240_000 * halo * reload * kept * (1 + 1 / co) + (900 * 3136) / (h * w) / Math.sqrt(ci);
  const overlap =
    threads === 2 ? Math.max(compute, load) + 0.12 * Math.min(compute, load) : compute + 0.8 * load;
  const epilogue = (name(10) === "gemm" ? 26_000 : 50_000) * (name(11) === "block" ? 0.8 : 1);
  return { verdict: "valid", value: Math.round((overlap + epilogue) * 10), message: "" };
}

export interface MadeTrial extends Outcome {
  choice: number[];
  device: string;
  proposer: string;
  build: number;
  run: number;
  finished: number;
}

/** Trials of one session: at random, or drawn to the best so far and away from what failed. */
export function search(
  strategy: string,
  seed: number,
  count: number,
  knobs: Knob[],
  tryOut: (choice: number[]) => Outcome,
  devices: string[],
): MadeTrial[] {
  const next = random(seed * 7919 + strategy.length);
  const pick = (size: number) => Math.floor(next() * size);
  const anywhere = () => knobs.map((one) => pick(one.values.length));
  const seen = new Set<string>();
  const free = devices.map(() => 0);
  const trials: MadeTrial[] = [];
  let best: MadeTrial | undefined;
  for (let i = 0; i < count; i++) {
    let choice = i === 0 ? knobs.map(() => 0) : anywhere();
    if (strategy !== "random" && i > 16 && best && next() < 0.9) {
      for (let attempt = 0; attempt < 4; attempt++) {
        choice = [...best.choice];
        const changes = 1 + pick(strategy === "tamis" ? 2 : 4);
        for (let change = 0; change < changes; change++) {
          const at = pick(knobs.length);
          choice[at] = pick(knobs[at]!.values.length);
        }
        if (strategy !== "tamis" || next() < 0.15 || tryOut(choice).verdict === "valid") break;
      }
    }
    for (let attempt = 0; seen.has(choice.join()) && attempt < 50; attempt++)
      choice = choice.map((value, k) => (next() < 0.2 ? pick(knobs[k]!.values.length) : value));
    seen.add(choice.join());
    const outcome = tryOut(choice);
    const rejected = ["build_failed", "resource_exceeded", "build_timeout"].includes(outcome.verdict);
    const slot = free.indexOf(Math.min(...free));
    const build = 1.5 + next() * 3;
    const run = rejected ? 0 : outcome.verdict === "run_timeout" ? 10_000 : 40 + (outcome.value || 2e7) / 2e5;
    free[slot]! += build + run + 1;
    const trial = {
      ...outcome,
      choice,
      build,
      run,
      finished: free[slot]!,
      device: rejected ? "" : devices[slot]!,
      proposer: i === 0 ? "default" : i <= 16 ? "diverse" : strategy,
    };
    trials.push(trial);
    if (trial.verdict === "valid" && (!best || trial.value < best.value)) best = trial;
  }
  return trials;
}
