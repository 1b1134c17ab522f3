/** Distinguished names and their components. */
import { escapeDnValue, parseDn, type Rdn } from '@springline/directory/dn';
import { DirectoryError } from '@springline/directory/error';
import { Reference } from '../value.ts';
import { family, optional, refuse, required } from './definition.ts';

/** Names are taken apart character by character. */
function nameWork(name: unknown): number {
  return 20 + (name instanceof Reference ? name.dn : String(name)).length * 2;
}

const { strict } = family('directory-names', nameWork);

export const directoryNameFunctions = [
  strict({
    name: 'DNComponent',
    returns: 'str',
    parameters: [required('dn', 'ref'), required('position', 'num')],
    summary: 'The value of a component of a DN, counted from the left; NULL beyond the last.',
    apply: (dn, position) => componentAt(rdnsOf(dn), position),
  }),
  strict({
    name: 'DNComponentRev',
    returns: 'str',
    parameters: [required('dn', 'ref'), required('position', 'num'), optional('option', 'str')],
    summary: 'The value of a component of a DN, counted from the right; with "DC", components of type dc do not count.',
    apply: (dn, position, option) => {
      if (option !== undefined && option !== 'DC') {
        throw refuse('expression-bad-value', 'DNComponentRev: the option is "DC" or left out.');
      }
      const rdns = rdnsOf(dn);
      return componentAt((option === 'DC' ? rdns.filter((rdn) => !isDomain(rdn)) : rdns).reverse(), position);
    },
  }),
  strict({
    name: 'EscapeDNComponent',
    returns: 'str',
    parameters: [required('value', 'str')],
    summary: 'A value as it is written in a DN (RFC 4514), with backslashes where they are needed.',
    apply: (value) => escapeDnValue(value),
  }),
];

function rdnsOf({ dn }: Reference): Rdn[] {
  try {
    return [...parseDn(dn)];
  } catch (cause) {
    if (!(cause instanceof DirectoryError)) throw cause;
    throw refuse('expression-bad-value', `The reference is no DN: ${cause.message}`, { cause });
  }
}

function isDomain(rdn: Rdn): boolean {
  return rdn.length === 1 && rdn[0]?.type.toLowerCase() === 'dc';
}

/** The first value where an RDN has several. */
function componentAt(rdns: readonly Rdn[], position: bigint): string | null {
  if (position < 1n) throw refuse('expression-out-of-range', 'Components of a DN are counted from 1.');
  if (position > rdns.length) return null;
  const value = rdns[Number(position) - 1]?.[0]?.value;
  if (value === undefined) return null;
  return typeof value === 'string' ? value : `#${Buffer.from(value).toString('hex')}`;
}
