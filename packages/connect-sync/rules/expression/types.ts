/** Types of values: their names in messages, and the check that an argument has the declared one. */
import { ExpressionError } from './error.ts';
import { collect, isList, type Run, workOf } from './frame.ts';
import type { ArgumentType } from './functions/definition.ts';
import { DateTime, Reference, type Result, type Scalar } from './value.ts';

/** Most characters of a text, and most bytes of a binary value, that an expression may make. */
export const valueLengthLimit = 2 ** 20;

/** Where an argument stands. */
export interface ArgumentPlace {
  readonly functionName: string;
  /** From 1. */
  readonly position: number;
  readonly column: number;
}

/** `message` is a sentence that quotes no value. */
export function typeMismatch(column: number, message: string): ExpressionError {
  const sentence = message.charAt(0).toUpperCase() + message.slice(1);
  return new ExpressionError('runtime', 'expression-type-mismatch', column, sentence);
}

/** A value's type in words. */
export function typeName(value: Result): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return 'a text';
  if (typeof value === 'bigint') return 'a number';
  if (typeof value === 'boolean') return 'a boolean';
  if (typeof value === 'symbol') return 'AuthoritativeNull or IgnoreThisFlow';
  if (value instanceof Uint8Array) return 'a binary value';
  if (value instanceof Reference) return 'a reference';
  return value instanceof DateTime ? 'a date-time' : 'a collection';
}

const expected: Readonly<Record<ArgumentType, string>> = {
  str: 'a text',
  num: 'a number',
  bool: 'True or False',
  bin: 'a binary value',
  ref: 'a reference',
  dt: 'a date-time',
  'str or bin': 'a text or a binary value',
  var: 'a value',
  any: 'a value',
  mv: 'a collection',
  mvstr: 'a collection of texts',
  enum: 'a word',
};

const isOfType: Readonly<Record<Exclude<ArgumentType, 'mv' | 'mvstr' | 'enum'>, (value: Result) => boolean>> = {
  str: (value) => typeof value === 'string',
  num: (value) => typeof value === 'bigint',
  bool: (value) => typeof value === 'boolean',
  bin: (value) => value instanceof Uint8Array,
  ref: (value) => value instanceof Reference,
  dt: (value) => value instanceof DateTime,
  'str or bin': (value) => typeof value === 'string' || value instanceof Uint8Array,
  var: (value) => typeof value !== 'symbol' && !Array.isArray(value),
  any: (value) => typeof value !== 'symbol',
};

/** The argument, checked and counted as work; NULL is of every type. Collections come as lists. */
export function checked(run: Run, type: Exclude<ArgumentType, 'enum'>, place: ArgumentPlace): Run {
  if (type === 'mv' || type === 'mvstr') {
    return (frame) => {
      const values = asList(run(frame), type, place);
      frame.charge(workOf(values), place.column);
      return values;
    };
  }
  // The commonest type by far, without a call.
  if (type === 'str') {
    return (frame) => {
      const value = run(frame);
      if (value === null) return value;
      if (typeof value !== 'string') throw wrongType(value, type, place);
      frame.charge(value.length >> 3, place.column);
      return value;
    };
  }
  const accepts = isOfType[type];
  return (frame) => {
    const value = run(frame);
    if (value !== null && !accepts(value)) throw wrongType(value, type, place);
    frame.charge(workOf(value), place.column);
    return value;
  };
}

const noValues: readonly Scalar[] = [];

function asList(value: Result, type: 'mv' | 'mvstr', place: ArgumentPlace): readonly Scalar[] {
  if (value === null) return noValues;
  const list: Scalar[] = [];
  if (!isList(value)) collect(list, value, place.column);
  const values = isList(value) ? value : list;
  if (type === 'mvstr') {
    for (const element of values) if (typeof element !== 'string') throw wrongType(element, type, place);
  }
  return values;
}

function wrongType(value: Result, type: ArgumentType, place: ArgumentPlace): ExpressionError {
  const hint = hintFor(value, type);
  return typeMismatch(
    place.column,
    `${place.functionName}: argument ${place.position} should be ${expected[type]} and is ${typeName(value)}${hint}.`,
  );
}

function hintFor(value: Result, type: ArgumentType): string {
  const wantsText = type === 'str' || type === 'str or bin';
  if (wantsText && (value instanceof Reference || typeof value === 'bigint')) return '; CStr makes a text of it';
  if (type === 'ref' && typeof value === 'string') return '; CRef makes a reference of it';
  if (type === 'num' && typeof value === 'string') return '; CNum makes a number of it';
  return '';
}
