import assert from 'node:assert/strict';
import { test } from 'node:test';
import { home } from '../testing/home-fixtures.ts';
import { laterHome } from './home-query.ts';

const at = (generatedAt: string) => home({ generatedAt });
const held = at('2026-11-22T14:00:30.000Z');

for (const row of [
  { name: 'an answer that an event overtook is dropped', received: '2026-11-22T14:00:00.000Z', wins: 'held' },
  { name: 'a later state replaces the one at hand', received: '2026-11-22T14:00:31.000Z', wins: 'received' },
  {
    name: 'when the clock of the server was set back its word still counts',
    received: '2026-11-22T13:00:00.000Z',
    wins: 'received',
  },
]) {
  test(row.name, () => {
    const received = at(row.received);
    assert.equal(laterHome(held, received), row.wins === 'held' ? held : received);
  });
}
