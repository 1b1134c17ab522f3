import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SeededRandom } from '@springline/ports/random';
import fc from 'fast-check';
import { type Filter, printFilter } from './filter.ts';
import { fuzz } from './filter-parser.fuzz.ts';
import { parseFilter } from './filter-parser.ts';
import { ScimError } from './scim-error.ts';
import { anyFilter } from './testing/filter-generators.ts';

const title: Filter = { op: 'pr', path: { name: 'title' } };
const ada: Filter = { op: 'eq', path: { name: 'userName' }, value: 'ada' };
const active: Filter = { op: 'eq', path: { name: 'active' }, value: true };

const accepted: { name: string; text: string; filter: Filter }[] = [
  { name: 'a comparison', text: 'userName eq "ada"', filter: ada },
  { name: 'operators in any case', text: 'userName EQ "ada"', filter: ada },
  { name: 'any run of blanks', text: '  userName\teq  "ada" ', filter: ada },
  { name: 'presence', text: 'title pr', filter: title },
  {
    name: 'and before or',
    text: 'title pr or title pr and userName eq "ada"',
    filter: { op: 'or', filters: [title, { op: 'and', filters: [title, ada] }] },
  },
  {
    name: 'parentheses before and',
    text: '(title pr or title pr) AND userName eq "ada"',
    filter: { op: 'and', filters: [{ op: 'or', filters: [title, title] }, ada] },
  },
  {
    name: 'parentheses without blanks around',
    text: '(title pr)and(active eq true)',
    filter: { op: 'and', filters: [title, active] },
  },
  {
    name: 'a chain of one operator as one node',
    text: 'title pr and title pr and title pr',
    filter: { op: 'and', filters: [title, title, title] },
  },
  { name: 'not', text: 'not (title pr)', filter: { op: 'not', filter: title } },
  { name: 'not without a blank', text: 'NOT(title pr)', filter: { op: 'not', filter: title } },
  { name: 'an attribute called not', text: 'not pr', filter: { op: 'pr', path: { name: 'not' } } },
  {
    name: 'an attribute called and',
    text: 'and pr and or pr',
    filter: {
      op: 'and',
      filters: [
        { op: 'pr', path: { name: 'and' } },
        { op: 'pr', path: { name: 'or' } },
      ],
    },
  },
  {
    name: 'a sub-attribute',
    text: 'name.familyName co "O\'Malley"',
    filter: { op: 'co', path: { name: 'name', sub: 'familyName' }, value: "O'Malley" },
  },
  {
    name: '$ref, which begins with no letter',
    text: 'manager.$ref pr',
    filter: { op: 'pr', path: { name: 'manager', sub: '$ref' } },
  },
  {
    name: 'a schema URN in front',
    text: 'urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"',
    filter: { op: 'sw', path: { urn: 'urn:ietf:params:scim:schemas:core:2.0:User', name: 'userName' }, value: 'J' },
  },
  {
    name: 'a value path',
    text: 'emails[type eq "work"]',
    filter: { op: 'element', path: { name: 'emails' }, filter: { op: 'eq', path: { name: 'type' }, value: 'work' } },
  },
  {
    name: 'a value path with a compared sub-attribute, on one and the same value',
    text: 'emails[type eq "work"].value eq "x"',
    filter: {
      op: 'element',
      path: { name: 'emails' },
      filter: {
        op: 'and',
        filters: [
          { op: 'eq', path: { name: 'type' }, value: 'work' },
          { op: 'eq', path: { name: 'value' }, value: 'x' },
        ],
      },
    },
  },
  { name: 'null', text: 'a eq null', filter: { op: 'eq', path: { name: 'a' }, value: null } },
  { name: 'a number', text: 'a ge -1.5e3', filter: { op: 'ge', path: { name: 'a' }, value: -1500 } },
  { name: 'minus zero as zero', text: 'a eq -0', filter: { op: 'eq', path: { name: 'a' }, value: 0 } },
  { name: 'JSON escapes', text: '(a eq "\\u00e9\\"\\n)")', filter: { op: 'eq', path: { name: 'a' }, value: 'é"\n)' } },
];
for (const row of accepted) {
  test(`a filter may hold ${row.name}`, () => assert.deepEqual(parseFilter(row.text), row.filter));
}

const refused: { name: string; text: string; column?: number }[] = [
  { name: 'nothing', text: '', column: 1 },
  { name: 'an attribute alone', text: 'title', column: 6 },
  { name: 'an unknown operator', text: 'title is "x"', column: 7 },
  { name: 'an operator without a literal', text: 'title eq', column: 9 },
  { name: 'a literal right behind its operator', text: 'title eq"x"', column: 9 },
  { name: 'an unquoted text', text: 'title eq x', column: 10 },
  { name: 'True, which is no JSON', text: 'active eq True', column: 11 },
  { name: 'a number with a tail', text: 'a eq 1x', column: 6 },
  { name: 'a number that JSON does not have', text: 'a eq 01', column: 6 },
  { name: 'a number beyond all bounds', text: 'a eq 1e999', column: 6 },
  { name: 'an open text', text: 'title eq "x', column: 10 },
  { name: 'a bad escape', text: 'title eq "\\x"', column: 10 },
  { name: 'U+0000', text: 'title eq "\\u0000"', column: 10 },
  { name: 'half a surrogate pair', text: 'title eq "\\ud800"', column: 10 },
  { name: 'an open parenthesis', text: '(title pr', column: 10 },
  { name: 'a closing one too many', text: 'title pr)', column: 9 },
  { name: 'a dangling and', text: 'title pr and', column: 13 },
  { name: 'two expressions without an operator', text: 'title pr title pr', column: 10 },
  { name: 'not without parentheses', text: 'not title pr', column: 5 },
  { name: 'an open value path', text: 'emails[type pr', column: 15 },
  { name: 'an empty value path', text: 'emails[]', column: 8 },
  { name: 'a value path in a value path', text: 'emails[a[b pr] pr]', column: 9 },
  { name: 'a value path with an unfinished tail', text: 'emails[type pr].value', column: 22 },
  { name: 'three levels of attributes', text: 'a.b.c pr', column: 1 },
  { name: 'a name that starts with a digit', text: '1a pr', column: 1 },
  { name: 'a half URN', text: 'urn::a pr', column: 1 },
  { name: 'a part of a boolean', text: 'a co true', column: 6 },
  { name: 'an order of null', text: 'a gt null', column: 6 },
  { name: 'more than 4 KiB', text: `a eq "${'x'.repeat(4096)}"` },
  { name: 'more than 4 KiB in bytes', text: `a eq "${'é'.repeat(2100)}"` },
  { name: 'more than 50 levels', text: `${'('.repeat(52)}a pr${')'.repeat(52)}` },
  { name: 'more than 200 parts', text: Array.from({ length: 201 }, () => 'a pr').join(' or ') },
];
for (const row of refused) {
  test(`a filter with ${row.name} is refused, with the column`, () => {
    assert.throws(
      () => parseFilter(row.text),
      (error) =>
        error instanceof ScimError &&
        error.scimType === 'invalidFilter' &&
        error.column === (row.column ?? error.column),
    );
  });
}

test('a filter prints to text that parses to the same filter', () => {
  const filters = anyFilter({
    texts: [{ name: 'a' }, { name: 'b', sub: '$ref' }, { urn: 'urn:x:2.0:User', name: 'c', sub: 'd' }, { name: 'not' }],
    flags: [{ name: 'flag' }],
    instants: [],
    elements: [{ path: { name: 'list' }, subs: ['value', 'type'] }],
    words: ['', 'x', 'é"\\\n', ' and ', ')', '\u{1f600}'],
    times: [],
  });
  fc.assert(
    fc.property(filters, (filter) => assert.deepEqual(parseFilter(printFilter(filter)), filter)),
    { numRuns: 1000 },
  );
});

test('10,000 damaged filters give a filter or a ScimError and nothing else', () => {
  const random = new SeededRandom(20261122);
  for (let run = 0; run < 10_000; run++) {
    const bytes = Buffer.from(fuzz.seeds[random.below(fuzz.seeds.length)]!);
    const donor = Buffer.from(fuzz.seeds[random.below(fuzz.seeds.length)]!);
    for (let hits = random.below(6); hits >= 0; hits--) {
      if (random.below(2) === 0) bytes[random.below(bytes.length)] = random.below(256);
      else donor.copy(bytes, random.below(bytes.length), random.below(donor.length));
    }
    try {
      fuzz.run(bytes.subarray(0, random.below(bytes.length + 1)));
    } catch (error) {
      assert.ok(fuzz.allowed(error), `${bytes.toString('latin1')}: ${error}`);
    }
  }
});
