import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scopeOf } from './scope.ts';

const base = 'DC=x';
const a = 'OU=a,DC=x';
const ab = 'OU=b,OU=a,DC=x';

for (const { name, include, exclude, inside, outside, bases, isWhole } of [
  {
    name: 'without lists everything below the base is in scope',
    include: [],
    exclude: [],
    inside: ['dc=x', 'cn=1,dc=X'],
    outside: ['dc=y', 'cn=dc\\,dc=x'],
    bases: [base],
    isWhole: true,
  },
  {
    name: 'a list takes in what it names, with the container itself',
    include: [a],
    exclude: [],
    inside: [a, 'cn=1,ou=A,dc=x', ab],
    outside: [base, 'ou=aa,dc=x'],
    bases: [a],
    isWhole: false,
  },
  {
    name: 'of containers in one another the nearest decides',
    include: [a],
    exclude: [ab],
    inside: ['cn=1,ou=a,dc=x'],
    outside: [ab, `cn=1,${ab}`],
    bases: [a],
    isWhole: false,
  },
  {
    name: 'a container can be taken in again below one that is left out',
    include: [base, ab],
    exclude: [a],
    inside: [base, ab, `cn=1,${ab}`],
    outside: [a, 'cn=1,ou=a,dc=x'],
    bases: [base],
    isWhole: false,
  },
  {
    name: 'with only a list of what is left out the rest is in scope',
    include: [],
    exclude: [a],
    inside: [base, 'ou=c,dc=x'],
    outside: [a, ab],
    bases: [base],
    isWhole: false,
  },
  {
    name: 'a container named twice is read once',
    include: [ab, 'ou=B,ou=A,dc=x'],
    exclude: [],
    inside: [ab],
    outside: [a],
    bases: [ab],
    isWhole: false,
  },
]) {
  test(name, () => {
    const scope = scopeOf(base, include, exclude);
    for (const dn of inside) assert.equal(scope.isInScope(dn), true, dn);
    for (const dn of outside) assert.equal(scope.isInScope(dn), false, dn);
    assert.deepEqual(scope.bases, bases);
    assert.equal(scope.isWhole, isWhole);
  });
}

test('where the feed tells of more than the base, each object is looked at', () => {
  assert.equal(scopeOf(a, [], [], base).isWhole, false);
  assert.equal(scopeOf(base, [], [], 'dc=X').isWhole, true);
});
