/** Tests on values. They answer True or False, also for NULL; only `IsBitSet` has no answer for NULL. */

import { DateTime, Reference, type Scalar, type Value } from '../value.ts';
import { parsePlainGuid } from './conversion.ts';
import { parseDateTime } from './date-time-parse.ts';
import { family, required } from './definition.ts';
import { parseNumber } from './number.ts';
import { isCertificate } from './x509.ts';

const { strict, lenient } = family('evaluation');

const value = [required('value', 'any')] as const;
const single = [required('value', 'var')] as const;

export const evaluationFunctions = [
  strict({
    name: 'IsBitSet',
    returns: 'bool',
    parameters: [required('value', 'num'), required('mask', 'num')],
    summary: 'Whether any bit of a mask is set in a number.',
    apply: (number, mask) => BigInt.asIntN(64, number & mask) !== 0n,
  }),
  lenient({
    name: 'IsCert',
    returns: 'bool',
    parameters: single,
    summary: 'Whether a value is an X.509 certificate, in DER or as Base64 text.',
    work: (it) => 2_000 + (typeof it === 'string' || it instanceof Uint8Array ? it.length : 0),
    apply: (it) => (typeof it === 'string' || it instanceof Uint8Array) && isCertificate(it),
  }),
  lenient({
    name: 'IsDate',
    returns: 'bool',
    parameters: single,
    summary: 'Whether CDate would make a date-time of a value.',
    work: () => 150,
    apply: (it) => it instanceof DateTime || (typeof it === 'string' && parseDateTime(it) !== undefined),
  }),
  lenient({
    name: 'IsEmpty',
    returns: 'bool',
    parameters: value,
    summary: 'Whether a value is there and is a text without characters.',
    apply: (it) => it === '',
  }),
  lenient({
    name: 'IsGuid',
    returns: 'bool',
    parameters: single,
    summary: 'Whether CGuid would make a GUID of a value.',
    work: () => 25,
    apply: (it) => typeof it === 'string' && parsePlainGuid(it) !== undefined,
  }),
  lenient({
    name: 'IsNull',
    returns: 'bool',
    parameters: value,
    summary: 'Whether an attribute is absent, or a value is NULL.',
    apply: isNull,
  }),
  lenient({
    name: 'IsNullOrEmpty',
    returns: 'bool',
    parameters: value,
    summary: 'Whether a value is NULL or a text without characters.',
    apply: isNullOrEmpty,
  }),
  lenient({
    name: 'IsNumeric',
    returns: 'bool',
    parameters: single,
    summary: 'Whether CNum would make a number of a value.',
    apply: (it) => typeof it === 'bigint' || (typeof it === 'string' && parseNumber(it) !== undefined),
  }),
  lenient({
    name: 'IsPresent',
    returns: 'bool',
    parameters: value,
    summary: 'Whether there is a value, and it is no text without characters; for a collection, whether it has values.',
    apply: (it) => !isNullOrEmpty(it),
  }),
  lenient({
    name: 'IsString',
    returns: 'bool',
    parameters: single,
    summary: 'Whether CStr would make a text of a value. False for binary values.',
    apply: (it) => isTextual(it),
  }),
];

function isNull(value: Value): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function isNullOrEmpty(value: Value): boolean {
  return value === '' || isNull(value);
}

function isTextual(value: Scalar | null): boolean {
  return value !== null && (typeof value !== 'object' || value instanceof Reference);
}
