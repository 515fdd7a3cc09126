/** A report of a VTA layer with everything in it. */
import type { Knob, Report, Session, Space } from "../../src/schema.ts";
import { vtaProgram } from "./program.ts";
import { vtaRules } from "./rules.ts";
import { VTA_KNOBS, random, search, simulate, type Outcome } from "./search.ts";
import { START, sessionOf } from "./session.ts";

/** Shares and marginals from the simulation itself: each knob alone, over a sample of the others. */
function importanceOf(knobs: Knob[], tryOut: (choice: number[]) => Outcome) {
  const next = random(5);
  const sums = knobs.map((one) => one.values.map(() => ({ n: 0, sum: 0, squares: 0 })));
  const all = { n: 0, sum: 0, squares: 0 };
  for (let i = 0; i < 6000; i++) {
    const choice = knobs.map((one) => Math.floor(next() * one.values.length));
    const { value } = tryOut(choice);
    if (Number.isNaN(value)) continue;
    for (const cell of [all, ...knobs.map((_, k) => sums[k]![choice[k]!]!)]) {
      cell.n++;
      cell.sum += value;
      cell.squares += value * value;
    }
  }
  const mean = all.sum / all.n;
  const variance = all.squares / all.n - mean * mean;
  const single = knobs.map((_, k) => ({
    knob: k,
    deviation: 0.006 + 0.02 * next(),
    share:
      sums[k]!.reduce((total, cell) => total + (cell.n ? cell.n * (cell.sum / cell.n - mean) ** 2 : 0), 0) /
      all.n /
      variance,
  }));
  const marginals = knobs.map((_, k) => ({
    knob: k,
    mean: sums[k]!.map((cell) => (cell.n ? cell.sum / cell.n : null)),
    deviation: sums[k]!.map((cell) => (cell.n ? Math.sqrt(variance / cell.n) : null)),
  }));
  return { single, marginals };
}

const LAYERS: [string, number, number, number, number][] = [
  ["C1", 1, 9.1, 21, 4.2],
  ["C2", 4, 2.1, 9.6, 1.81],
  ["C3", 1, 0.34, 1.9, 0.2],
  ["C4", 1, 1.2, 6.4, 0.9],
  ["C5", 3, 1.9, 12.2, 1.8],
  ["C6", 1, 0.3, 1.6, 0.2],
  ["C7", 1, 1.16, 7.9, 0.9],
  ["C8", 3, 2.02, 14.1, 1.8],
  ["C9", 1, 0.37, 2.2, 0.2],
  ["C10", 1, 1.31, 8.3, 0.9],
  ["C11", 3, 2.3, 17.8, 1.8],
  ["dense", 1, 0.9, 2.4, 0.51],
];

const HOW = [
  {
    what: "Latency",
    text: "The median of a trial's samples. On the simulator a trial has one sample, its cycles at 100 MHz; it repeats exactly.",
  },
  {
    what: "Bound",
    text: "The multiply-accumulates of the workload divided by those that the matrix unit does per cycle.",
  },
  {
    what: "Rules",
    text: "Learnt by sequential covering from all trials of this report; a rule is kept only if the lower end of the 95 % interval of its precision is at least 75 %.",
  },
];

const DEVICES = ["vta0", "vta1", "vta2"];

function vtaSession(strategy: string, seed: number, trials: number, id: number): Session {
  const made = search(strategy, seed + 1, trials, VTA_KNOBS, simulate, DEVICES);
  return sessionOf(made, {
    id,
    group: strategy,
    workload: "resnet18.C2",
    spec: "conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1",
    target: "vta",
    space: 0,
    strategy,
    seed,
    bound_ns: 2_508_800,
    devices: DEVICES,
    knobs: VTA_KNOBS,
  });
}

/** The best of a session measured again, with two others. */
function finalsOf(session: Session): Session["finals"] {
  const best = session.best!;
  return [0, 1, 2].map((place) => ({
    number: best.number! - place * 7,
    verdict: "valid",
    value: best.value * (1 + place * 0.013),
    low: best.value * (0.996 + place * 0.013),
    high: best.value * (1.005 + place * 0.013),
    runs: 5,
    probability_best: [0.88, 0.1, 0.02][place]!,
    config: best.config,
  }));
}

/** The mean by two knobs, the others as in the first config. */
function contourOf(first: number, second: number) {
  const mean = VTA_KNOBS[first]!.values.flatMap((h, i) =>
    VTA_KNOBS[second]!.values.map((w, j) => {
      const { value } = simulate(VTA_KNOBS.map((_, k) => (k === first ? i : k === second ? j : 0)));
      return Number(h) * Number(w) > 2048 || Number.isNaN(value) ? null : value;
    }),
  );
  return { knobs: [first, second] as [number, number], mean };
}

function vtaImportance(): NonNullable<Report["importance"]>[number] {
  return {
    space: 0,
    of: "latency of valid trials",
    method: "fANOVA on a random forest of 64 trees",
    trials: 1200,
    fit: 0.91,
    ...importanceOf(VTA_KNOBS, simulate),
    pairs: [
      { knobs: [0, 1], share: 0.041 },
      { knobs: [1, 3], share: 0.022 },
      { knobs: [4, 7], share: 0.012 },
    ],
    contours: [contourOf(0, 1)],
  };
}

function resnet(): NonNullable<Report["networks"]>[number] {
  const sum = (at: 2 | 3) => LAYERS.reduce((total, layer) => total + layer[1] * layer[at] * 1e6, 0);
  return {
    name: "ResNet-18",
    total_ns: sum(2),
    default_total_ns: sum(3),
    layers: LAYERS.map(([name, times, value, before, bound]) => ({
      name,
      times,
      value_ns: value * 1e6,
      default_ns: before * 1e6,
      bound_ns: bound * 1e6,
      operator: "conv2d",
      device: "vta",
    })),
  };
}

function vtaRoofline(): NonNullable<Report["rooflines"]>[number] {
  return {
    machine: "VTA, 16 × 16 at 100 MHz",
    performance_unit: "GOP/s",
    intensity_unit: "operations per byte",
    roofs: [{ name: "GEMM", performance: 51.2 }],
    slopes: [{ name: "DRAM 0.8 GB/s", per_intensity: 0.8 }],
    points: LAYERS.map(([name, , value, , bound], i) => {
      const intensity = 20 + ((i * 37) % 11) * 26;
      const performance = Math.min(51.2, 0.8 * intensity) * Math.min(bound / value, 0.97);
      return { label: `resnet18.${name}`, intensity, performance, group: i % 4 === 3 ? "1 × 1" : "3 × 3" };
    }),
  };
}

export function vtaReport(options: { trials?: number; seeds?: number; strategies?: string[] } = {}): Report {
  const { trials = 240, seeds = 5, strategies = ["tamis", "random"] } = options;
  const space: Space = { knobs: VTA_KNOBS, size: "393216", constraints: [] };
  const sessions = strategies.flatMap((strategy, i) =>
    Array.from({ length: seeds }, (_, seed) => vtaSession(strategy, seed, trials, i * seeds + seed + 1)),
  );
  sessions[0]!.device_events = [
    { ms: 1900, device: "vta1", kind: "lost", message: "no answer to the canary program" },
    { ms: 3100, device: "vta1", kind: "recovered", message: "reset once" },
  ];
  sessions[0]!.finals = finalsOf(sessions[0]!);
  return {
    schema: 1,
    product: { name: "tamis", version: "0.2.0" },
    generated_unix_ms: START + 3_600_000,
    spaces: [space],
    sessions,
    rules: vtaRules(space),
    importance: [vtaImportance()],
    networks: [resnet()],
    programs: [vtaProgram()],
    rooflines: [vtaRoofline()],
    how: HOW,
  };
}

/** `count` trials of one session, as of a long search; 12 knobs. */
export function largeReport(count: number): Report {
  const report = vtaReport({ trials: count, seeds: 1, strategies: ["random"] });
  delete report.networks;
  return report;
}
