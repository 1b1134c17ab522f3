import assert from 'node:assert/strict';
import { mkdirSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { writeFileAtomic } from '@springline/ports/files';
import { type Cleanup, temporaryFolder } from '../testing/running-control-plane.ts';
import { MetadataFiles } from './metadata-files.ts';

const timestamp = ['image', 'metadata', 'timestamp.json'];

function tree(t: Cleanup) {
  const folder = temporaryFolder(t);
  const clock = { nowMs: 0 };
  const write = (name: string, text: string) => writeFileAtomic(join(folder, name), text);
  return { folder, clock, write, files: new MetadataFiles(folder, () => clock.nowMs) };
}

async function textOf(files: MetadataFiles, segments: readonly string[]): Promise<string | undefined> {
  const file = await files.read(segments);
  return file?.kind === 'held' ? file.bytes.toString() : file?.kind;
}

test('a file that was replaced shows within 200 ms, and until then the disk is left alone', async (t) => {
  const { clock, write, files } = tree(t);
  write('image/metadata/timestamp.json', 'one');
  assert.equal(await textOf(files, timestamp), 'one');
  const before = files.fresh(timestamp);
  write('image/metadata/timestamp.json', 'two');
  clock.nowMs = 199;
  assert.equal(await textOf(files, timestamp), 'one');
  clock.nowMs = 200;
  assert.equal(files.fresh(timestamp), undefined);
  assert.equal(await textOf(files, timestamp), 'two');
  const after = files.fresh(timestamp);
  assert.ok(before?.kind === 'held' && after?.kind === 'held');
  assert.notEqual(before.etag, after.etag);
});

test('a file that did not change is not read again', async (t) => {
  const { clock, write, files } = tree(t);
  write('image/metadata/timestamp.json', 'one');
  const first = await files.read(timestamp);
  clock.nowMs = 10_000;
  assert.equal(await files.read(timestamp), first);
});

test('a file that is gone is gone, and one that comes is there', async (t) => {
  const { folder, clock, write, files } = tree(t);
  assert.equal(await textOf(files, timestamp), undefined);
  write('image/metadata/timestamp.json', 'one');
  assert.equal(await textOf(files, timestamp), 'one');
  rmSync(join(folder, ...timestamp));
  clock.nowMs = 200;
  assert.equal(await textOf(files, timestamp), undefined);
});

test('links, folders and what is behind them are not there', async (t) => {
  const { folder, files, write } = tree(t);
  write('secret', 'secret');
  write('elsewhere/1.root.json', 'secret');
  mkdirSync(join(folder, 'image', 'metadata', '2.root.json'), { recursive: true });
  symlinkSync(join(folder, 'secret'), join(folder, ...timestamp));
  mkdirSync(join(folder, 'director'));
  symlinkSync(join(folder, 'elsewhere'), join(folder, 'director', 'metadata'));
  for (const segments of [timestamp, ['image', 'metadata', '2.root.json'], ['director', 'metadata', '1.root.json']]) {
    assert.equal(await textOf(files, segments), undefined, segments.join('/'));
  }
});

test('a large file is known and not held', async (t) => {
  const { folder, files, write } = tree(t);
  write('image/metadata/9.targets.json', '');
  truncateSync(join(folder, 'image', 'metadata', '9.targets.json'), 5 * 1024 * 1024);
  assert.equal(await textOf(files, ['image', 'metadata', '9.targets.json']), 'large');
});

test('what is held is bounded; the longest unasked goes first', async (t) => {
  const { folder, files } = tree(t);
  const name = (version: number) => ['image', 'metadata', `${version}.targets.json`];
  mkdirSync(join(folder, 'image', 'metadata'), { recursive: true });
  for (let version = 1; version <= 10; version++) {
    writeFileSync(join(folder, ...name(version)), Buffer.alloc(4 * 1024 * 1024, version));
    await files.read(name(version));
    files.fresh(name(1));
  }
  const held = Array.from({ length: 10 }, (_, at) => at + 1).filter((version) => files.fresh(name(version)));
  assert.deepEqual(held, [1, 4, 5, 6, 7, 8, 9, 10]);
});
