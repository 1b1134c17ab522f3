import assert from 'node:assert/strict';
import { test } from 'node:test';
import { explanation, mvObject } from '../testing/sync-fixtures.ts';
import { metaverseClauses } from './mv-clauses.ts';
import { loserWords, nameOf, winnerWords } from './mv-words.ts';

test('an object is called by its name, and by its id when it has none', () => {
  assert.equal(nameOf(mvObject()), 'Ada Okonkwo');
  assert.equal(nameOf({ ...mvObject(), attributes: [] }), mvObject().id);
});

test('a rule that lost says to whom, or what it was short of', () => {
  const { losers, winner } = explanation();
  assert.deepEqual(
    losers.map((loser) => loserWords(loser, winner)),
    [
      'Its precedence 120 comes after 100: the lower number wins.',
      'It gave no value.',
      'The object is not in its scope.',
      'Its flow asked to be ignored.',
    ],
  );
});

test('an attribute that nobody gives says whether anybody could', () => {
  const { winner: _, ...none } = explanation();
  assert.match(winnerWords(explanation()), /gives it, with precedence 100/);
  assert.match(winnerWords(none), /No rule gives this attribute a value/);
  assert.match(winnerWords({ losers: [] }), /No rule flows to this attribute/);
});

for (const row of [
  { name: 'no list', value: 'mail', clauses: undefined },
  {
    name: 'an operator that nobody knows',
    value: [{ attribute: 'a', operator: 'LIKE', value: '' }],
    clauses: undefined,
  },
  { name: 'an operator of every object', value: [{ attribute: 'a', operator: 'constructor' }], clauses: undefined },
  { name: 'an attribute without a name', value: [{ attribute: ' ', operator: 'EQUAL' }], clauses: undefined },
  { name: 'nothing', value: [null, 3, 'x'], clauses: undefined },
  {
    name: 'a clause without a value',
    value: [{ attribute: 'mail', operator: 'ISNULL' }],
    clauses: [{ attribute: 'mail', operator: 'ISNULL', value: '' }],
  },
]) {
  test(`clauses of an address that hold ${row.name} are read as what is known of them`, () => {
    assert.deepEqual(metaverseClauses(row.value), row.clauses);
  });
}

test('an address holds no more clauses than the host takes', () => {
  const clause = { attribute: 'mail', operator: 'ISNULL', value: '' };
  assert.equal(metaverseClauses(Array.from({ length: 40 }, () => clause))!.length, 20);
});
