import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HeldObjects } from './ldap-source.ts';
import { Moves, type Place } from './moves.ts';
import { scopeOf } from './scope.ts';

const anchor = new Uint8Array(16);
const inside = 'ou=in,dc=x';
const held = (dn: string | undefined, hasBelow = false): HeldObjects => ({ dnOf: () => dn, hasBelow: () => hasBelow });

for (const { name, held: before, dn, isContainer = false, mayHaveMoved, place, arrived = [], hasLeft = false } of [
  { name: 'a changed person is in scope', held: held(`cn=a,${inside}`), dn: `cn=A,${inside}`, place: 'in-scope' },
  { name: 'a person that moved in is in scope', held: held(undefined), dn: `cn=a,${inside}`, place: 'in-scope' },
  { name: 'a person that moved out is gone', held: held(`cn=a,${inside}`), dn: 'cn=a,dc=x', place: 'gone' },
  { name: 'a person that never was in scope is unknown', held: held(undefined), dn: 'cn=a,dc=x', place: 'unknown' },
  { name: 'without knowledge what moved outside may have been inside', dn: 'cn=a,dc=x', place: 'gone' },
  {
    name: 'without knowledge what did not move was never inside',
    dn: 'cn=a,dc=x',
    mayHaveMoved: false,
    place: 'unknown',
  },
  {
    name: 'a container under the DN that it had is in scope',
    held: held(`ou=a,${inside}`, true),
    dn: `ou=a,${inside}`,
    isContainer: true,
    place: 'in-scope',
  },
  {
    name: 'a container with another DN has to be looked into',
    held: held(`ou=b,${inside}`),
    dn: `ou=a,${inside}`,
    isContainer: true,
    place: 'arrived',
    arrived: [`ou=a,${inside}`],
  },
  {
    name: 'a container that is not held has to be looked into',
    held: held(undefined),
    dn: `ou=a,${inside}`,
    isContainer: true,
    place: 'arrived',
    arrived: [`ou=a,${inside}`],
  },
  {
    name: 'a renamed person with something below it has to be looked into',
    held: held(`cn=b,${inside}`, true),
    dn: `cn=a,${inside}`,
    place: 'arrived',
    arrived: [`cn=a,${inside}`],
  },
  {
    name: 'a container that left took along what nobody names',
    held: held(`ou=a,${inside}`),
    dn: 'ou=a,dc=x',
    isContainer: true,
    place: 'left',
    hasLeft: true,
  },
  {
    name: 'a container elsewhere may have left, when containers are not held',
    held: held(undefined),
    dn: 'ou=a,dc=x',
    isContainer: true,
    place: 'left',
    hasLeft: true,
  },
  {
    name: 'a container elsewhere that did not move left nothing',
    held: held(undefined),
    dn: 'ou=a,dc=x',
    isContainer: true,
    mayHaveMoved: false,
    place: 'unknown',
  },
] as {
  name: string;
  held?: HeldObjects;
  dn: string;
  isContainer?: boolean;
  mayHaveMoved?: boolean;
  place: Place;
  arrived?: string[];
  hasLeft?: boolean;
}[]) {
  test(name, () => {
    const moves = new Moves(scopeOf(inside, [], [], 'dc=x'), before);
    assert.equal(moves.place(dn, anchor, isContainer, mayHaveMoved), place);
    assert.deepEqual(moves.takeArrived(), arrived);
    assert.equal(moves.hasLeft, hasLeft);
  });
}

for (const { name, held: before, mayHaveMoved, place } of [
  { name: 'what was deleted is gone', held: held('cn=a'), mayHaveMoved: false, place: 'gone' },
  { name: 'what was deleted and never held is unknown', held: held(undefined), mayHaveMoved: false, place: 'unknown' },
  {
    name: 'a delete that may be a move leaves what is below it unsaid',
    held: held('cn=a', true),
    mayHaveMoved: true,
    place: 'left',
  },
  {
    name: 'a delete that may be a move of something alone is a delete',
    held: held('cn=a'),
    mayHaveMoved: true,
    place: 'gone',
  },
  {
    name: 'a delete of what is not held may be a move of a container',
    held: held(undefined),
    mayHaveMoved: true,
    place: 'left',
  },
] as { name: string; held: HeldObjects; mayHaveMoved: boolean; place: Place }[]) {
  test(name, () => {
    const moves = new Moves(scopeOf(inside, [], []), before);
    assert.equal(moves.placeOfDeleted(anchor, mayHaveMoved), place);
    assert.equal(moves.hasLeft, place === 'left');
  });
}

test('of containers in one another the topmost is looked into, once', () => {
  const moves = new Moves(scopeOf('dc=x', [], []), undefined);
  for (const dn of ['ou=b,ou=a,dc=x', 'ou=a,dc=x', 'OU=A,dc=x', 'ou=c,dc=x']) moves.place(dn, anchor, true);
  assert.equal(moves.hasArrived, true);
  assert.deepEqual(moves.takeArrived(), ['OU=A,dc=x', 'ou=c,dc=x']);
  assert.deepEqual(moves.takeArrived(), []);
});
