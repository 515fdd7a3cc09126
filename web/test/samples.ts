/** Sample documents: made-up searches whose shapes are those of real ones. Everything derives from fixed seeds. */
import { encodeColumn } from "../src/decode.ts";
import type { Condition, Knob, Report, Rule, Session, Space, Verdict } from "../src/schema.ts";
import { VERDICTS } from "../src/schema.ts";

const START = Date.UTC(2026, 10, 2, 9, 30);

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

function knob(name: string, kind: Knob["kind"], values: (string | number)[]): Knob {
  return { name, kind, values: values.map(String) };
}

const VTA_KNOBS: Knob[] = [
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

interface Outcome {
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
function search(
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

export interface SessionOptions {
  id: number;
  group: string;
  workload: string;
  spec?: string;
  target: string;
  space: number;
  strategy: string;
  seed: number;
  log?: string;
  bound_ns?: number;
  devices: string[];
  knobs: Knob[];
}

/** Texts by their position, plus one. */
function interned(): { code: (text: string) => number; texts: string[] } {
  const codes = new Map<string, number>();
  const texts: string[] = [];
  return {
    texts,
    code: (text) => {
      if (!text) return 0;
      let code = codes.get(text);
      if (!code) codes.set(text, (code = texts.push(text)));
      return code;
    },
  };
}

export function sessionOf(made: MadeTrial[], options: SessionOptions): Session {
  const messages = interned();
  const devices = interned();
  const proposers = interned();
  const codes = {
    message: made.map((trial) => messages.code(trial.message)),
    device: made.map((trial) => devices.code(trial.device)),
    proposer: made.map((trial) => proposers.code(trial.proposer)),
  };
  const small = (most: number) => (most < 256 ? "u8" : most < 65536 ? "u16" : "u32");
  const valid = made.map((trial, row) => ({ trial, row })).filter(({ trial }) => trial.verdict === "valid");
  const best = valid
    .filter(({ trial }) => Number.isFinite(trial.value))
    .reduce<(typeof valid)[number] | undefined>(
      (least, one) => (!least || one.trial.value < least.trial.value ? one : least),
      undefined,
    );
  const rejected = made.filter((trial) =>
    ["build_failed", "build_timeout", "resource_exceeded"].includes(trial.verdict),
  ).length;
  const config = (choice: number[]) =>
    options.knobs.map((one, k) => `${one.name}=${one.values[choice[k]!]}`).join(" ");
  const repeat = `tamis program ${options.workload} --target ${options.target} --config {config}`;
  return {
    id: options.id,
    log: options.log ?? "tuning.db",
    group: options.group,
    workload: options.workload,
    spec: options.spec,
    target: options.target,
    target_identity: `${options.target} 0.0.2 pynq 1x16x16`,
    space: options.space,
    strategy: options.strategy,
    initializer: "diverse",
    seed: String(options.seed),
    batch: 8,
    bound_ns: options.bound_ns,
    started_unix_ms: START + options.id * 60_000,
    ending: "trials",
    default: made[0] && {
      verdict: made[0].verdict,
      value: made[0].verdict === "valid" && Number.isFinite(made[0].value) ? made[0].value : undefined,
      number: 0,
      message: made[0].message || undefined,
    },
    counts: {
      trials: made.length,
      measurements: made.length - rejected,
      rejected_builds: rejected,
      invalid: made.length - valid.length,
      same_code: 0,
      flaky: 0,
    },
    best: best && {
      value: best.trial.value,
      row: best.row,
      number: best.row,
      config: config(best.trial.choice),
      from: "trial",
      command: repeat.replace("{config}", config(best.trial.choice)),
    },
    repeat_command: repeat,
    messages: messages.texts,
    devices: devices.texts,
    proposers: proposers.texts,
    trials: {
      count: made.length,
      choices: options.knobs.map((one, k) =>
        encodeColumn(
          made.map((trial) => trial.choice[k]!),
          small(one.values.length),
        ),
      ),
      verdict: encodeColumn(
        made.map((trial) => VERDICTS.indexOf(trial.verdict)),
        "u8",
      ),
      value: encodeColumn(
        made.map((trial) => trial.value),
        "f32",
      ),
      message: encodeColumn(codes.message, small(messages.texts.length + 1)),
      device: encodeColumn(codes.device, "u8"),
      proposer: encodeColumn(codes.proposer, "u8"),
      finished_ms: encodeColumn(
        made.map((trial) => Math.round(trial.finished)),
        "i32",
        true,
      ),
      build_us: encodeColumn(
        made.map((trial) => trial.build * 1000),
        "f32",
      ),
      run_us: encodeColumn(
        made.map((trial) => trial.run * 1000),
        "f32",
      ),
    },
  };
}

/** A condition with its truth table. */
export function condition(
  space: Space,
  knobs: number[],
  text: string,
  holds: (...values: number[]) => boolean,
): Condition {
  const sizes = knobs.map((k) => space.knobs[k]!.values.length);
  const total = sizes.reduce((a, b) => a * b, 1);
  const bits = new Uint8Array(Math.ceil(total / 8));
  for (let i = 0; i < total; i++) {
    let rest = i;
    const values = sizes.map((size, d) => {
      const value = space.knobs[knobs[d]!]!.values[rest % size]!;
      rest = Math.floor(rest / size);
      return Number(value);
    });
    if (holds(...values)) bits[i >> 3]! |= 1 << (i & 7);
  }
  return { text, knobs, holds: btoa(String.fromCharCode(...bits)) };
}

function vtaRules(space: Space): Rule[] {
  return [
    {
      space: 0,
      verdict: "resource_exceeded",
      text: "tile_h * tile_w * tile_co > 2048",
      covers: 412,
      of: 520,
      precision: 1,
      at_least: 0.99,
      valid_lost: 0,
      conditions: [
        condition(space, [0, 1, 3], "tile_h * tile_w * tile_co > 2048", (h, w, co) => h! * w! * co! > 2048),
      ],
    },
    {
      space: 0,
      verdict: "resource_exceeded",
      text: "tile_ci * tile_co > 64",
      covers: 61,
      of: 520,
      precision: 1,
      at_least: 0.94,
      valid_lost: 0,
      conditions: [condition(space, [2, 3], "tile_ci * tile_co > 64", (ci, co) => ci! * co! > 64)],
    },
    {
      space: 0,
      verdict: "build_failed",
      text: "oc_nthread > 1 and h_nthread > 1",
      covers: 118,
      of: 131,
      precision: 1,
      at_least: 0.97,
      valid_lost: 0,
      conditions: [
        condition(space, [4], "oc_nthread > 1", (n) => n! > 1),
        condition(space, [5], "h_nthread > 1", (n) => n! > 1),
      ],
    },
  ];
}

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

const ENGINES: [string, [string, number][], number][] = [
  [
    "LOAD",
    [
      ["useful", 612_000],
      ["overhead", 148_000],
      ["waits for COMPUTE", 401_000],
      ["idle", 12_000],
    ],
    0.12,
  ],
  [
    "COMPUTE",
    [
      ["useful", 941_000],
      ["overhead", 88_000],
      ["waits for LOAD", 128_000],
      ["waits for STORE", 9_000],
      ["idle", 7_000],
    ],
    0.81,
  ],
  [
    "STORE",
    [
      ["useful", 150_000],
      ["overhead", 61_000],
      ["waits for COMPUTE", 930_000],
      ["idle", 32_000],
    ],
    0.07,
  ],
];

function vtaProgram(): NonNullable<Report["programs"]>[number] {
  const kinds = ["load inp", "load wgt", "GEMM", "ALU", "store", "waiting"];
  const rows = [0, 1, 2].map((engine) => {
    const next = random(engine + 11);
    const start: number[] = [];
    const length: number[] = [];
    const kind: number[] = [];
    let at = engine * 9000;
    while (at < 1_150_000) {
      const what = engine === 0 ? (next() < 0.6 ? 0 : 1) : engine === 1 ? (next() < 0.78 ? 2 : 3) : 4;
      const take = [9000, 6000, 15000, 5000, 5200][what]! * (0.8 + 0.4 * next());
      const wait = engine === 2 ? 22000 * next() : 5000 * next();
      for (const [k, l] of [
        [what, take],
        [5, wait],
      ] as const) {
        start.push(Math.round(at));
        length.push(Math.round(l));
        kind.push(k);
        at += Math.round(l);
      }
    }
    return {
      engine: ["LOAD", "COMPUTE", "STORE"][engine]!,
      start: encodeColumn(start, "u32", true),
      length: encodeColumn(length, "u32"),
      kind: encodeColumn(kind, "u8"),
    };
  });
  return {
    title: "The best config of resnet18.C2",
    cycles: 1_173_000,
    clock_mhz: 100,
    floor_cycles: 903_168,
    sentence: "Bound by COMPUTE: GEMM 74 %, ALU 7 %; waits for LOAD: inp 9 %, wgt 3 %.",
    hints: [
      "Loads of inp on the critical path take 105,000 cycles: a larger tile_w needs fewer of them.",
      "The epilogue takes 82,000 cycles: bias=gemm halves the ALU operations.",
    ],
    engines: ENGINES.map(([name, parts, on_path]) => ({
      name,
      on_path,
      parts: parts.map(([part, cycles]) => ({ name: part, cycles })),
    })),
    timeline: { kinds: kinds.map((name) => (name === "waiting" ? { name, waits: true } : { name })), rows },
  };
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

export function vtaReport(options: { trials?: number; seeds?: number; strategies?: string[] } = {}): Report {
  const strategies = options.strategies ?? ["tamis", "random"];
  const space: Space = { knobs: VTA_KNOBS, size: "393216", constraints: [] };
  const sessions: Session[] = [];
  for (const strategy of strategies)
    for (let seed = 0; seed < (options.seeds ?? 5); seed++) {
      const made = search(strategy, seed + 1, options.trials ?? 240, VTA_KNOBS, simulate, [
        "vta0",
        "vta1",
        "vta2",
      ]);
      sessions.push(
        sessionOf(made, {
          id: sessions.length + 1,
          group: strategy,
          workload: "resnet18.C2",
          spec: "conv2d:n=1,ci=64,h=56,w=56,co=64,k=3,stride=1,pad=1",
          target: "vta",
          space: 0,
          strategy,
          seed,
          bound_ns: 2_508_800,
          devices: ["vta0", "vta1", "vta2"],
          knobs: VTA_KNOBS,
        }),
      );
    }
  sessions[0]!.device_events = [
    { ms: 1900, device: "vta1", kind: "lost", message: "no answer to the canary program" },
    { ms: 3100, device: "vta1", kind: "recovered", message: "reset once" },
  ];
  const best = sessions[0]!.best!;
  sessions[0]!.finals = [0, 1, 2].map((place) => ({
    number: best.number! - place * 7,
    verdict: "valid" as const,
    value: best.value * (1 + place * 0.013),
    low: best.value * (0.996 + place * 0.013),
    high: best.value * (1.005 + place * 0.013),
    runs: 5,
    probability_best: [0.88, 0.1, 0.02][place]!,
    config: best.config,
  }));
  const { single, marginals } = importanceOf(VTA_KNOBS, simulate);
  return {
    schema: 1,
    product: { name: "tamis", version: "0.2.0" },
    generated_unix_ms: START + 3_600_000,
    spaces: [space],
    sessions,
    rules: vtaRules(space),
    importance: [
      {
        space: 0,
        of: "latency of valid trials",
        method: "fANOVA on a random forest of 64 trees",
        trials: 1200,
        fit: 0.91,
        single,
        pairs: [
          { knobs: [0, 1], share: 0.041 },
          { knobs: [1, 3], share: 0.022 },
          { knobs: [4, 7], share: 0.012 },
        ],
        marginals,
        contours: [
          {
            knobs: [0, 1],
            mean: VTA_KNOBS[0]!.values.flatMap((h, i) =>
              VTA_KNOBS[1]!.values.map((w, j) => {
                const { value } = simulate(VTA_KNOBS.map((_, k) => (k === 0 ? i : k === 1 ? j : 0)));
                return Number(h) * Number(w) > 2048 || Number.isNaN(value) ? null : value;
              }),
            ),
          },
        ],
      },
    ],
    networks: [
      {
        name: "ResNet-18",
        total_ns: LAYERS.reduce((sum, layer) => sum + layer[1] * layer[2] * 1e6, 0),
        default_total_ns: LAYERS.reduce((sum, layer) => sum + layer[1] * layer[3] * 1e6, 0),
        layers: LAYERS.map(([name, times, value, before, bound]) => ({
          name,
          times,
          value_ns: value * 1e6,
          default_ns: before * 1e6,
          bound_ns: bound * 1e6,
          operator: "conv2d",
          device: "vta",
        })),
      },
    ],
    programs: [vtaProgram()],
    rooflines: [
      {
        machine: "VTA, 16 × 16 at 100 MHz",
        performance_unit: "GOP/s",
        intensity_unit: "operations per byte",
        roofs: [{ name: "GEMM", performance: 51.2 }],
        slopes: [{ name: "DRAM 0.8 GB/s", per_intensity: 0.8 }],
        points: LAYERS.map(([name, , value, , bound], i) => ({
          label: `resnet18.${name}`,
          intensity: 20 + ((i * 37) % 11) * 26,
          performance: Math.min(51.2, 0.8 * (20 + ((i * 37) % 11) * 26)) * Math.min(bound / value, 0.97),
          group: i % 4 === 3 ? "1 × 1" : "3 × 3",
        })),
      },
    ],
    how: HOW,
  };
}

/** `count` trials of one session, as of a long search; 12 knobs. */
export function largeReport(count: number): Report {
  const report = vtaReport({ trials: count, seeds: 1, strategies: ["random"] });
  delete report.networks;
  return report;
}

const HOSTILE = [
  "</script><script>window.hacked=1</script>",
  "<img src=x onerror=window.hacked=1>",
  "<!--",
  "-->",
  "]]>",
  "\u2028\u2029",
  "a&amp;b",
  "'\"`${window.hacked=1}",
  "\u202Egnp.exe",
  "\u0000\u0007",
  "%TAMIS_DATA%",
  "$& $1 $`",
];

/** Names and messages from a program that means ill, or knows no better. */
export function hostileReport(): Report {
  const knobs = HOSTILE.slice(0, 4).map((name, i) =>
    knob(name, "name", [HOSTILE[i + 4]!, HOSTILE[i + 5]!, "x".repeat(300)]),
  );
  const next = random(3);
  const made: MadeTrial[] = Array.from({ length: 60 }, (_, i) => {
    const verdict = VERDICTS[i % VERDICTS.length]!;
    return {
      verdict,
      value: verdict === "valid" ? [NaN, Infinity, 0, 1e300, 5][i % 5]! : NaN,
      message: verdict === "valid" ? "" : HOSTILE[i % HOSTILE.length]! + "y".repeat(i * 20),
      choice: knobs.map((one) => Math.floor(next() * one.values.length)),
      device: HOSTILE[i % 3]!,
      proposer: HOSTILE[i % 5]!,
      build: 1,
      run: 1,
      finished: i * 10,
    };
  });
  const session = sessionOf(made, {
    id: 1,
    group: HOSTILE[0]!,
    workload: HOSTILE[1]!,
    spec: HOSTILE[2],
    target: HOSTILE[0]!,
    space: 0,
    strategy: HOSTILE[1]!,
    seed: 0,
    devices: [],
    knobs,
  });
  return {
    schema: 1,
    product: { name: "tamis", version: HOSTILE[1]! },
    title: HOSTILE[0],
    spaces: [{ knobs }],
    sessions: [session],
    how: [{ what: HOSTILE[0]!, text: HOSTILE[1]! }],
    missing: [{ section: "importance", why: HOSTILE[1]! }],
  };
}

function plainSession(made: MadeTrial[]): Report {
  const knobs = VTA_KNOBS.slice(0, 6);
  return {
    schema: 1,
    product: { name: "tamis", version: "0.2.0" },
    spaces: [
      { knobs, unchosen: [{ knob: 0, value: 7, why: "the declared constraint tile_h < 56 excludes it" }] },
    ],
    sessions: [
      sessionOf(made, {
        id: 1,
        group: "tamis",
        workload: "resnet18.C2",
        target: "vta",
        space: 0,
        strategy: "tamis",
        seed: 0,
        devices: ["vta0"],
        knobs,
      }),
    ],
    missing: [{ section: "importance", why: "Knob importance needs at least 20 valid trials." }],
  };
}

function trial(verdict: Verdict, value: number, choice = [0, 0, 0, 0, 0, 0]): MadeTrial {
  return {
    verdict,
    value,
    choice,
    message: verdict === "valid" ? "" : "driver: no such board",
    device: "vta0",
    proposer: "tamis",
    build: 1,
    run: 2,
    finished: 10,
  };
}

export const emptyReport = (): Report => plainSession([]);
export const oneTrialReport = (): Report => plainSession([trial("valid", 1_234_000)]);
export const nothingValidReport = (): Report =>
  plainSession(
    Array.from({ length: 40 }, (_, i) =>
      trial(i % 3 ? "run_failed" : "crashed", NaN, [i % 7, i % 5, i % 4, i % 5, i % 2, 0]),
    ),
  );
export const noSessionsReport = (): Report => ({
  schema: 1,
  product: { name: "tamis", version: "0.2.0" },
  spaces: [],
  sessions: [],
});

/** A user's own objective, which is maximised. */
export function objectiveReport(): Report {
  const report = plainSession(
    Array.from({ length: 50 }, (_, i) =>
      trial("valid", 100 + ((i * 37) % 50), [i % 8, i % 7, i % 4, i % 5, i % 2, i % 2]),
    ),
  );
  const session = report.sessions[0]!;
  session.objective = { name: "throughput", unit: "images/s", direction: "maximize" };
  session.default!.value = 100;
  session.best!.value = 149;
  return report;
}

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
