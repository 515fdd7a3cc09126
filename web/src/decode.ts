/** Columns of the document to typed arrays, and back for tests and samples. */
import type { Column, ElementType } from "./schema.ts";

export type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array;

const ARRAYS = {
  u8: Uint8Array,
  u16: Uint16Array,
  u32: Uint32Array,
  i32: Int32Array,
  f32: Float32Array,
  f64: Float64Array,
} as const;

export class BadDocument extends Error {}

export function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  let text: string;
  try {
    text = atob(base64);
  } catch {
    throw new BadDocument("a column is not base64; make the report again");
  }
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function swapElements(bytes: Uint8Array, size: number): void {
  for (let i = 0; i < bytes.length; i += size) bytes.subarray(i, i + size).reverse();
}

/** The numbers of a column of `count` rows. A column of another length is an error: rows of columns belong together. */
export function decodeColumn(column: Column, count: number, name: string): Numbers {
  if ("all" in column) return new Float64Array(count).fill(column.all);
  const Type = ARRAYS[column.type];
  if (!Type)
    throw new BadDocument(`column ${name} has the unknown type ${column.type}; make the report again`);
  const bytes = bytesOf(column.data);
  if (bytes.length !== count * Type.BYTES_PER_ELEMENT)
    throw new BadDocument(
      `column ${name} has ${bytes.length / Type.BYTES_PER_ELEMENT} rows instead of ${count}; make the report again`,
    );
  if (!LITTLE_ENDIAN) swapElements(bytes, Type.BYTES_PER_ELEMENT);
  const numbers = new Type(bytes.buffer);
  return column.delta ? sums(numbers) : numbers;
}

/** Delta-coded numbers become their running sums, which may be larger than their differences' type holds. */
function sums(differences: Numbers): Float64Array {
  const out = new Float64Array(differences.length);
  let sum = 0;
  for (let i = 0; i < differences.length; i++) out[i] = sum += differences[i]!;
  return out;
}

/** The number of rows of a column of elements; 0 for one that has a number for all rows. */
export function rowsIn(column: Column): number {
  return "all" in column ? 0 : bytesOf(column.data).length / ARRAYS[column.type].BYTES_PER_ELEMENT;
}

export function encodeColumn(numbers: ArrayLike<number>, type: ElementType, delta = false): Column {
  const array = new ARRAYS[type](numbers.length);
  for (let i = 0; i < numbers.length; i++)
    array[i] = delta && i > 0 ? numbers[i]! - numbers[i - 1]! : numbers[i]!;
  const bytes = new Uint8Array(array.buffer);
  let text = "";
  for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.subarray(i, i + 8192));
  const column: Column = { type, data: btoa(text) };
  if (delta) column.delta = true;
  return column;
}

/** Bit `index` of a truth table. */
export function bitAt(bits: Uint8Array, index: number): boolean {
  return (((bits[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
