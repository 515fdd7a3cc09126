/** What the engines of VTA do in a made-up program. */
import { encodeColumn } from "../../src/decode.ts";
import type { Report } from "../../src/schema.ts";
import { random } from "./search.ts";

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

export function vtaProgram(): NonNullable<Report["programs"]>[number] {
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
