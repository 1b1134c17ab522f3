import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stagingServer } from '../testing/sync-fixtures.ts';
import { stagingWords, turnRefusal, turnWords } from './staging-words.ts';

const active = { ...stagingServer(), staging: false };
const ready = {
  ...stagingServer(),
  readiness: { ready: true, reasons: [], pending: { add: 2, update: 1, delete: 0 } },
};

test('a server says whether it exports, and on what that hangs', () => {
  assert.match(stagingWords(stagingServer()).title, /stages/);
  assert.match(stagingWords(active).title, /is active\./);
  assert.match(stagingWords({ ...active, lease: null }).title, /nobody holds the export lease/);
});

for (const row of [
  {
    name: 'a staging server that is not ready is not promoted, and says why',
    turn: 'promote',
    of: stagingServer(),
    why: /not ready: The last import is older/,
  },
  { name: 'a staging server that is ready is promoted', turn: 'promote', of: ready, why: undefined },
  { name: 'an active server is not promoted again', turn: 'promote', of: active, why: /active already/ },
  { name: 'an active server is demoted', turn: 'demote', of: active, why: undefined },
  { name: 'a staging server is not demoted again', turn: 'demote', of: ready, why: /stages already/ },
] as const) {
  test(row.name, () => {
    const refusal = turnRefusal(row.turn, row.of);
    if (row.why === undefined) assert.equal(refusal, undefined);
    else assert.match(refusal!, row.why);
  });
}

test('a promotion names what will be exported, and on what it is refused', () => {
  const words = turnWords('promote', 'SYNC-02', ready).join(' ');
  assert.match(words, /SYNC-02 asks for the export lease.*2 adds, 1 update and 0 deletes.*refused while another/);
});

test('a demotion says that nothing is exported until somebody is promoted', () => {
  assert.match(turnWords('demote', 'SYNC-01', active).join(' '), /exports nothing any more.*promoted/);
});
