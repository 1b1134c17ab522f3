import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { raised, readRecord, writeRecord } from './record.ts';

const folder = mkdtempSync(join(tmpdir(), 'springline-record-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const versions = (targets: number, snapshot: number, timestamp: number) => ({ targets, snapshot, timestamp });
const record = {
  versions: { image: versions(1, 2, 3), director: versions(10, 20, 30) },
  releases: new Map([['connect-sync', { releaseNumber: 4, version: '0.1.0.3' }]]),
  recalls: new Map([['connect-sync', [recalled('a', 'running')]]]),
};

function recalled(letter: string, stop: 'new' | 'running') {
  return { sha256: letter.repeat(64), version: '0.1.0.2', stop, reason: 'bad', recalledAt: '2026-11-22T14:00:00Z' };
}

test('a record comes back as it was written; without a file nothing was given out', () => {
  const path = join(folder, 'record.json');
  assert.deepEqual(readRecord(path).versions.director, versions(0, 0, 0));
  writeRecord(path, record);
  assert.deepEqual(readRecord(path), record);
});

test('S8: a record only rises, whatever it is raised by', () => {
  const lower = { image: versions(0, 5, 0), director: versions(0, 0, 0) };
  const releases = new Map([
    ['connect-sync', { releaseNumber: 3, version: '9.9.9.9' }],
    ['agent-updater', { releaseNumber: 1, version: '0.1.0.0' }],
  ]);
  const after = raised(record, { versions: lower, releases });
  assert.deepEqual(after.versions, { image: versions(1, 5, 3), director: versions(10, 20, 30) });
  assert.deepEqual(after.releases.get('connect-sync'), { releaseNumber: 4, version: '0.1.0.3' });
  assert.deepEqual(after.releases.get('agent-updater'), { releaseNumber: 1, version: '0.1.0.0' });
});

test('S20: a record keeps every recall, and the stronger of two', () => {
  const recalls = new Map([['connect-sync', [recalled('a', 'new'), recalled('b', 'new')]]]);
  const builds = raised(record, { recalls }).recalls.get('connect-sync');
  assert.deepEqual(
    builds?.map(({ sha256, stop }) => [sha256[0], stop]),
    [
      ['a', 'running'],
      ['b', 'new'],
    ],
  );
});

test('a record from before there were recalls is read', () => {
  const path = join(folder, 'record.json');
  writeRecord(path, record);
  const { recalls: _, ...before } = JSON.parse(readFileSync(path, 'utf8'));
  writeFileSync(path, JSON.stringify(before));
  assert.equal(readRecord(path).recalls.size, 0);
});

for (const text of ['', '[]', '{"format":"springline-record-1"}', '{"format":"springline-record-2"}']) {
  test(`a damaged record (${text || 'empty'}) stops publishing rather than begin at 1 again`, () => {
    const path = join(folder, 'damaged.json');
    writeFileSync(path, text);
    assert.throws(() => readRecord(path), {
      code: 'release-record-damaged',
      message: /damaged\.json is damaged: .+ Restore it/,
    });
  });
}
