/** Arithmetic beyond the operators. */
import type { Random } from '@springline/ports/random';
import { family, refuse, required } from './definition.ts';

const { strict, unsteady } = family('math');

const bitwise = [required('left', 'num'), required('right', 'num')] as const;

export const mathFunctions = [
  strict({
    name: 'BitAnd',
    returns: 'num',
    parameters: bitwise,
    summary: 'The bits that are set in both of two 64-bit numbers.',
    apply: (left, right) => BigInt.asIntN(64, left & right),
  }),
  strict({
    name: 'BitOr',
    returns: 'num',
    parameters: bitwise,
    summary: 'The bits that are set in either of two 64-bit numbers.',
    apply: (left, right) => BigInt.asIntN(64, left | right),
  }),
  unsteady({
    name: 'RandomNum',
    returns: 'num',
    parameters: [required('low', 'num'), required('high', 'num')],
    summary: 'A random number from low to high, both included. Changes with each evaluation.',
    apply: ({ random }, low, high) => {
      if (low > high) throw refuse('expression-out-of-range', 'RandomNum: the low end is above the high end.');
      return low + randomBelow(random, high - low + 1n);
    },
  }),
];

/** Uniform in [0, below): the last, incomplete stretch of the 64-bit range is drawn again. */
function randomBelow(random: Random, below: bigint): bigint {
  const range = 2n ** 64n;
  const fair = range - (range % below);
  for (;;) {
    const drawn = Buffer.from(random.bytes(8)).readBigUInt64BE();
    if (drawn < fair) return drawn % below;
  }
}
