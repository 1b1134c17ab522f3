import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { noteMark, readMark } from './mark.ts';
import { desk, hourMs, kindOf, start } from './testing/signer-desk.ts';

function place(t: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'springline-'));
  t.after(() => rmSync(folder, { recursive: true }));
  return join(folder, 'mark.json');
}

const tooFar = { code: 'mark-too-far' };

test('S8: a mark that no database can have come to since the last one is not noted', (t) => {
  const path = place(t);
  noteMark(path, 5_000_000, start);
  assert.throws(() => noteMark(path, 5_010_001, start), tooFar);
  noteMark(path, 5_010_000, start);
  assert.throws(() => noteMark(path, 5_010_000 + 3_600_001, start + hourMs), tooFar);
  noteMark(path, 5_010_000 + 3_600_000, start + hourMs);
  assert.equal(readMark(path), 8_610_000);
  // A clock that was set back takes nothing but what is usual at once.
  noteMark(path, 8_620_000, start);
  assert.throws(() => noteMark(path, 2 ** 48 + 1, 1e15), tooFar);
  noteMark(path, 7, start);
  assert.equal(readMark(path), 8_620_000, 'it never falls');
});

test('S8: a mark of an older build, without its time, is read and goes on', (t) => {
  const path = place(t);
  writeFileSync(path, '{"mark":41}\n');
  assert.equal(readMark(path), 41);
  noteMark(path, 42, start);
  assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), { mark: 42, notedAt: new Date(start).toISOString() });
});

for (const text of ['', '{"mark":-1}', '{"mark":1,"notedAt":"yesterday"}', '{"mark":1,"notedAt":5}']) {
  test(`a damaged mark (${text || 'empty'}) is not taken for none`, (t) => {
    const path = place(t);
    writeFileSync(path, text);
    assert.throws(() => noteMark(path, 9, start), { code: 'signer-record-damaged' });
  });
}

test('S8: the signer refuses such a mark, and keeps the one that it has', async (t) => {
  const one = desk(t, []);
  await one.signer.answer({ type: 'note-mark', mark: 100 });
  const answer = await one.signer.answer({ type: 'note-mark', mark: 2 ** 47 });
  assert.equal('kind' in answer && answer.kind === 'refused' ? answer.code : 'taken', 'mark-too-far');
  assert.equal((await one.state()).databaseMark, 100);
  assert.equal(kindOf(await one.withdraw('ab')), 'nothing-waits', 'and answers on');
});
