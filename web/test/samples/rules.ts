/** Learnt rules with their truth tables. */
import type { Condition, Rule, Space } from "../../src/schema.ts";

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

export function vtaRules(space: Space): Rule[] {
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
