/**
 * Makes new inputs from known ones. Pure: the same inputs and the same random numbers give the same result, so a finding
 * is repeated by its seed.
 */
import type { SeededRandom } from '@springline/ports/random';

/** Longer inputs find little that shorter ones do not, and slow everything down. */
export const inputLimitBytes = 64 * 1024;

const mostMutations = 6;

/** What breaks parsers: brackets, quotes, escapes, lengths, ends of number ranges, names with a meaning to JavaScript. */
const dictionary: readonly Uint8Array[] = [
  ...[
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    "'",
    '\\',
    '*',
    ',',
    '=',
    ':',
    ';',
    '#',
    '+',
    '-',
    '.',
    '/',
    ' ',
    '\t',
    '\n',
    '\r\n',
  ],
  ...['0', '-1', '1e999', '2147483648', '9007199254740993', '18446744073709551616', 'NaN', 'null', 'true'],
  ...['__proto__', 'constructor', 'toString', '\u0000', '\ufeff', '\u2028', '\u{1f600}', 'İ', 'ß', '\u0301'],
].map((text) => Buffer.from(text));

const bytePatterns: readonly Uint8Array[] = [
  [0x00],
  [0x7f],
  [0x80],
  [0xff],
  [0x30, 0x80],
  [0x84, 0xff, 0xff, 0xff, 0xff],
  [0x84, 0x7f, 0xff, 0xff, 0xff],
  [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
  [0xc0, 0x80],
  [0xed, 0xa0, 0x80],
].map((bytes) => Uint8Array.from(bytes));

const words = [...dictionary, ...bytePatterns];

/** One of `seeds` with a few changes, at most `inputLimitBytes` long. */
export function mutate(seeds: readonly Uint8Array[], random: SeededRandom): Uint8Array {
  let input = seeds[random.below(seeds.length)] ?? new Uint8Array();
  for (let left = 1 + random.below(mostMutations); left > 0; left -= 1) {
    const change = changes[random.below(changes.length)] ?? flipBit;
    input = change(input, random, seeds).subarray(0, inputLimitBytes);
  }
  return Uint8Array.from(input);
}

type Change = (input: Uint8Array, random: SeededRandom, seeds: readonly Uint8Array[]) => Uint8Array;

const flipBit: Change = (input, random) => {
  const copy = Uint8Array.from(input);
  const at = random.below(input.length);
  if (at < copy.length) copy[at] = (copy[at] ?? 0) ^ (1 << random.below(8));
  return copy;
};

const setByte: Change = (input, random) => {
  const copy = Uint8Array.from(input);
  const at = random.below(input.length);
  if (at < copy.length) copy[at] = random.below(256);
  return copy;
};

const addToByte: Change = (input, random) => {
  const copy = Uint8Array.from(input);
  const at = random.below(input.length);
  if (at < copy.length) copy[at] = (copy[at] ?? 0) + (random.below(2) === 0 ? 1 : -1);
  return copy;
};

const truncate: Change = (input, random) => input.subarray(0, random.below(input.length + 1));

const remove: Change = (input, random) => {
  const { start, end } = range(input, random);
  return Buffer.concat([input.subarray(0, start), input.subarray(end)]);
};

/** Small pieces many times: depth and length are what bounds are for. */
const repeat: Change = (input, random) => {
  const { start, end } = range(input, random);
  const piece = input.subarray(start, Math.min(end, start + 64));
  const times = 1 << (1 + random.below(10));
  return Buffer.concat([input.subarray(0, end), ...Array.from({ length: times }, () => piece), input.subarray(end)]);
};

const insertWord: Change = (input, random) => {
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), words[random.below(words.length)] ?? input, input.subarray(at)]);
};

const overwriteWord: Change = (input, random) => {
  const at = random.below(input.length + 1);
  const word = words[random.below(words.length)] ?? input;
  return Buffer.concat([input.subarray(0, at), word, input.subarray(at + word.length)]);
};

const splice: Change = (input, random, seeds) => {
  const other = seeds[random.below(seeds.length)] ?? input;
  const { start, end } = range(other, random);
  const at = random.below(input.length + 1);
  return Buffer.concat([input.subarray(0, at), other.subarray(start, end), input.subarray(at)]);
};

const swap: Change = (input, random) => {
  const { start, end } = range(input, random);
  const middle = start + random.below(end - start + 1);
  const parts = [
    input.subarray(0, start),
    input.subarray(middle, end),
    input.subarray(start, middle),
    input.subarray(end),
  ];
  return Buffer.concat(parts);
};

const changes: readonly Change[] = [
  ...[flipBit, setByte, addToByte, truncate, remove, repeat],
  ...[insertWord, insertWord, overwriteWord, splice, swap],
];

function range(input: Uint8Array, random: SeededRandom): { start: number; end: number } {
  const start = random.below(input.length + 1);
  return { start, end: start + random.below(input.length - start + 1) };
}
