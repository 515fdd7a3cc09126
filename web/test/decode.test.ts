import { expect, test } from "vitest";
import { BadDocument, bitAt, bytesOf, decodeColumn, encodeColumn } from "../src/decode.ts";

test("A column of each type comes back as it was", () => {
  const numbers = {
    u8: [0, 255],
    u16: [1, 65535],
    u32: [2, 4294967295],
    i32: [-5, 2147483647],
    f32: [0.5, -2],
    f64: [1 / 3, 1e300],
  } as const;
  for (const [type, expected] of Object.entries(numbers))
    expect([...decodeColumn(encodeColumn(expected, type as "u8"), 2, type)]).toEqual(expected);
});

test("A column is little-endian", () => {
  expect([...decodeColumn({ type: "u16", data: btoa("\x01\x02") }, 1, "a")]).toEqual([0x0201]);
});

test("NaN stays NaN", () => {
  expect(decodeColumn(encodeColumn([1, NaN], "f32"), 2, "value")[1]).toBeNaN();
});

test("Differences are summed, beyond what their type holds", () => {
  expect([...decodeColumn(encodeColumn([10, 12, 11, 400], "i32", true), 4, "t")]).toEqual([10, 12, 11, 400]);
  expect([...decodeColumn({ type: "u8", data: btoa("\xc8\xc8"), delta: true }, 2, "t")]).toEqual([200, 400]);
});

test("One number may stand for all rows", () => {
  expect([...decodeColumn({ all: 3 }, 2, "a")]).toEqual([3, 3]);
});

test("An empty column has no rows", () => {
  expect(decodeColumn(encodeColumn([], "f64"), 0, "a").length).toBe(0);
});

test("A column of another length is an error that names it", () => {
  expect(() => decodeColumn(encodeColumn([1, 2], "u8"), 3, "verdict of session 1")).toThrow(
    /verdict of session 1 has 2 rows instead of 3/,
  );
});

test("What is not base64 is an error", () => {
  expect(() => bytesOf("*")).toThrow(BadDocument);
});

test("A column of an unknown type is an error", () => {
  expect(() => decodeColumn({ type: "i64" as "u8", data: "" }, 0, "a")).toThrow(/unknown type i64/);
});

test("Bits count from the least significant one", () => {
  const bits = Uint8Array.of(0b00000010, 0b00000001);
  expect([0, 1, 7, 8, 9, 99].map((index) => bitAt(bits, index))).toEqual([
    false,
    true,
    false,
    true,
    false,
    false,
  ]);
});
