import { expect, test } from "vitest";
import { Walk, type WalkLane } from "../src/walk.ts";

const laneOf = (name: string, xs: number[], y?: number): WalkLane => ({
  count: xs.length,
  x: (i) => xs[i]!,
  ...(y === undefined ? {} : { y: () => y }),
  text: (i) => `${name}${i}`,
});
const walked = (lanes: WalkLane[], ...keys: string[]) => {
  const walk = new Walk(lanes);
  return keys.map((key) => walk.move(key)?.text);
};

test("Left and right walk along a lane and stop at its ends", () => {
  const lanes = [laneOf("a", [1, 2])];
  expect(walked(lanes, "ArrowRight", "ArrowRight", "ArrowRight")).toEqual(["a0", "a1", "a1"]);
  expect(walked(lanes, "ArrowLeft", "ArrowLeft", "ArrowLeft")).toEqual(["a1", "a0", "a0"]);
  expect(walked(lanes, "End", "Home")).toEqual(["a1", "a0"]);
});

test("Up and down lead to what comes next in the other lane, over empty lanes", () => {
  const lanes = [laneOf("a", [1, 5, 9], 0), laneOf("none", [], 1), laneOf("b", [2, 6], 2)];
  expect(walked(lanes, "ArrowRight", "ArrowRight", "ArrowDown", "ArrowUp")).toEqual(["a0", "a1", "b1", "a2"]);
  expect(walked(lanes, "End", "ArrowDown", "ArrowDown")).toEqual(["a2", "b1", "b1"]);
  expect(walked(lanes, "ArrowDown")).toEqual(["a0"]);
  expect(new Walk(lanes).move("ArrowDown")).toEqual({ x: 1, y: 0, text: "a0" });
});

test("Keys that lead nowhere are left to the page", () => {
  expect(walked([laneOf("a", [1])], "ArrowUp", "ArrowDown", "Tab")).toEqual([
    undefined,
    undefined,
    undefined,
  ]);
  expect(walked([], "ArrowRight", "Home")).toEqual([undefined, undefined]);
  expect(walked([laneOf("a", [])], "ArrowRight")).toEqual([undefined]);
});
