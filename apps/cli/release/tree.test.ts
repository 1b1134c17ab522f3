import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import type { ReleaseLock } from './lock.ts';
import { releaseHome } from './testing/release-home.ts';
import { ReleaseTree } from './tree.ts';

const held = (home: string): ReleaseLock => ({ home, confirm: () => undefined });

function timestamp(version: number): { name: string; bytes: Uint8Array } {
  return { name: 'timestamp.json', bytes: Buffer.from(JSON.stringify({ signatures: [], signed: { version } })) };
}

function versionOf(tree: ReleaseTree, repository: 'image' | 'director'): number | undefined {
  const bytes = tree.read(repository, 'timestamp.json');
  return bytes === undefined ? undefined : JSON.parse(Buffer.from(bytes).toString()).signed.version;
}

function journal(tree: ReleaseTree, image: number, director: number): void {
  const text = (version: number): string => Buffer.from(timestamp(version).bytes).toString();
  const timestamps = { image: text(image), director: text(director) };
  writeFileSync(join(tree.folder, 'commit.json'), JSON.stringify({ format: 'springline-commit-1', timestamps }));
}

test('a commit that was written down is finished by whoever opens the tree next', (t) => {
  const { home } = releaseHome(t);
  const tree = ReleaseTree.open(held(home));
  tree.commit({ image: [timestamp(1)], director: [timestamp(1)] });
  journal(tree, 2, 5);
  const again = ReleaseTree.open(held(home));
  assert.deepEqual([versionOf(again, 'image'), versionOf(again, 'director')], [2, 5]);
  assert.equal(existsSync(join(tree.folder, 'commit.json')), false);
});

test('a journal that came back with an old copy undoes nothing', (t) => {
  const { home } = releaseHome(t);
  const tree = ReleaseTree.open(held(home));
  tree.commit({ image: [timestamp(7)], director: [timestamp(9)] });
  journal(tree, 2, 10);
  const again = ReleaseTree.open(held(home));
  assert.deepEqual([versionOf(again, 'image'), versionOf(again, 'director')], [7, 10]);
});

test('a commit of one repository leaves the other as it is', (t) => {
  const { home } = releaseHome(t);
  const tree = ReleaseTree.open(held(home));
  tree.commit({ image: [timestamp(1)], director: [timestamp(1)] });
  tree.commit({ image: [], director: [timestamp(2)] });
  assert.deepEqual([versionOf(tree, 'image'), versionOf(tree, 'director')], [1, 2]);
});

test('a writer whose lock is another one\u2019s by now makes nothing visible', (t) => {
  const { home } = releaseHome(t);
  const lost = new Error('lost');
  const tree = ReleaseTree.open({
    home,
    confirm: () => {
      throw lost;
    },
  });
  assert.throws(() => tree.commit({ image: [timestamp(1)], director: [timestamp(1)] }), lost);
  assert.equal(versionOf(tree, 'image'), undefined);
  assert.equal(existsSync(join(tree.folder, 'commit.json')), false);
});

for (const row of [
  { name: 'a journal that is no JSON', text: '{' },
  { name: 'a journal of another form', text: '{"format":"x"}' },
  { name: 'a journal of a megabyte', text: ' '.repeat(1_000_000) },
]) {
  test(`${row.name} is refused in a sentence`, (t) => {
    const { home } = releaseHome(t);
    const { folder } = ReleaseTree.open(held(home));
    writeFileSync(join(folder, 'commit.json'), row.text);
    assert.throws(() => ReleaseTree.open(held(home)), {
      code: 'release-tree-damaged',
      message: /commit\.json is damaged/,
    });
  });
}

test('a transport has its name only when it is whole, and what a dead writer left is removed', async (t) => {
  const { home } = releaseHome(t);
  const tree = ReleaseTree.open(held(home));
  const cut = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('half');
    throw new Error('cut');
  };
  await assert.rejects(tree.putTransport('connect-sync/1/x.zst', cut()), /cut/);
  assert.equal(existsSync(tree.transportFile('connect-sync/1/x.zst')), false);
  const whole = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('whole');
  };
  await tree.putTransport('connect-sync/1/x.zst', whole());
  const litter = tree.transportFile('connect-sync/2/y.zst.part');
  mkdirSync(dirname(litter), { recursive: true });
  writeFileSync(litter, 'left');
  tree.clean(new Set(['connect-sync/1/x.zst']));
  assert.equal(readFileSync(tree.transportFile('connect-sync/1/x.zst'), 'utf8'), 'whole');
  assert.equal(existsSync(dirname(litter)), false);
});
