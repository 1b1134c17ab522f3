/** Any text through the filter parser: a tree that prints and parses to itself, or a ScimError. */
import { deepStrictEqual } from 'node:assert/strict';
import { printFilter } from './filter.ts';
import { bindFilter } from './filter-binding.ts';
import { matchesFilter } from './filter-evaluator.ts';
import { filterLimits, parseFilter } from './filter-parser.ts';
import { userResourceType } from './schemas.ts';
import { ScimError } from './scim-error.ts';

const resource = {
  id: '1',
  userName: 'ada@example.com',
  active: true,
  emails: [{ value: 'ada@example.com', type: 'work' }],
};

export const fuzz = {
  name: 'scim-filter',
  seeds: [
    'userName eq "ada@example.com"',
    'title pr and not (userType sw "Emp" or active eq false)',
    'emails[type eq "work" and value co "@example"].value ew ".com"',
    'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.displayName ne null',
    'meta.lastModified gt "2026-11-22T14:00:00Z" or name.familyName le "\\u00e9\\"x"',
    'a eq -1.5e3 and (((b ge 0)))',
  ],
  run(input: Uint8Array): void {
    const filter = parseFilter(Buffer.from(input).toString('utf8'));
    const printed = printFilter(filter);
    // Printing may add a few blanks and parentheses to a filter that was just within the bound.
    if (Buffer.byteLength(printed) <= filterLimits.bytes) deepStrictEqual(parseFilter(printed), filter);
    matchesFilter(bindFilter(filter, userResourceType), resource);
  },
  allowed: (error: unknown): boolean => error instanceof ScimError,
};
