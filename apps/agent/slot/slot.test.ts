import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { agentHome, componentHome } from '../home.ts';
import { component, UpdateWorld } from '../testing/update-world.ts';
import {
  emptySlot,
  linkedSlot,
  otherSlot,
  readSlot,
  type SlotFacts,
  sealSlot,
  slotFolder,
  switchLink,
  verifiedProgram,
} from './slot.ts';

/** A home with one build in slot a. */
async function installed(t: TestContext): Promise<{ home: string; folder: string; runtime: string; facts: SlotFacts }> {
  const { home } = await UpdateWorld.installed(t);
  const facts = readSlot(home, component, 'a')!;
  const folder = slotFolder(home, component, 'a');
  return { home, folder, runtime: join(agentHome(home).runtime, facts.runtime), facts };
}

const bundle = `${component}.mjs`;
type Alter = (at: { readonly folder: string; readonly runtime: string }) => void;

const alterations: readonly (readonly [string, Alter])[] = [
  ['a byte more in a file', ({ folder }) => appendFileSync(join(folder, bundle), ' ')],
  ['a file cut short', ({ folder }) => truncateSync(join(folder, bundle), 10)],
  ['a file removed', ({ folder }) => rmSync(join(folder, bundle))],
  ['all files removed', ({ folder }) => rmSync(folder, { recursive: true })],
  ['a file added', ({ folder }) => writeFileSync(join(folder, 'extra.mjs'), '')],
  [
    'a file added in a new folder',
    ({ folder }) => {
      mkdirSync(join(folder, 'node_modules'));
      writeFileSync(join(folder, 'node_modules', 'x.mjs'), '');
    },
  ],
  ['a file added with a name that no release can have', ({ folder }) => writeFileSync(join(folder, 'a\nb'), '')],
  ['a file renamed', ({ folder }) => renameSync(join(folder, 'release.json'), join(folder, 'Release.json'))],
  ['a file made executable', ({ folder }) => chmodSync(join(folder, bundle), 0o700)],
  [
    'a link to the same bytes in place of a file',
    ({ folder }) => {
      renameSync(join(folder, bundle), `${folder}.moved`);
      symlinkSync(`${folder}.moved`, join(folder, bundle));
    },
  ],
  ['a link to nothing', ({ folder }) => symlinkSync('/nowhere', join(folder, 'x.mjs'))],
  ['a link to a folder', ({ folder }) => symlinkSync('/tmp', join(folder, 'x'))],
  ['a byte more in the runtime', ({ runtime }) => appendFileSync(join(runtime, 'node'), ' ')],
  ['the runtime no longer executable', ({ runtime }) => chmodSync(join(runtime, 'node'), 0o600)],
  ['the runtime removed', ({ runtime }) => rmSync(join(runtime, 'node'))],
  ['a file beside the runtime', ({ runtime }) => writeFileSync(join(runtime, 'libc.so.6'), '')],
  [
    'a link in place of the runtime',
    ({ runtime }) => {
      renameSync(join(runtime, 'node'), `${runtime}.moved`);
      symlinkSync(`${runtime}.moved`, join(runtime, 'node'));
    },
  ],
  [
    'other bytes in the runtime, of the same size and time',
    ({ runtime }) => {
      const bytes = readFileSync(join(runtime, 'node'));
      bytes[0]! ^= 1;
      const { atime, mtime } = statSync(join(runtime, 'node'));
      writeFileSync(join(runtime, 'node'), bytes);
      utimesSync(join(runtime, 'node'), atime, mtime);
    },
  ],
];

test('a slot as it was verified is run with its runtime', async (t) => {
  const { home, folder, runtime, facts } = await installed(t);
  const verified = verifiedProgram(home, component, 'a');
  assert.deepEqual(verified, { slot: 'a', facts, runtime: join(runtime, 'node'), folder });
});

for (const [name, alter] of alterations) {
  test(`S10: a slot is not run after this: ${name}`, async (t) => {
    const at = await installed(t);
    verifiedProgram(at.home, component, 'a'); // Whatever is remembered from here must not count.
    alter(at);
    assert.throws(() => verifiedProgram(at.home, component, 'a'), { name: 'SlotError', code: 'slot-altered' });
  });
}

test('a runtime that was replaced by the same bytes is run', async (t) => {
  const { home, runtime } = await installed(t);
  verifiedProgram(home, component, 'a');
  const file = join(runtime, 'node');
  copyFileSync(file, `${runtime}.copy`);
  renameSync(`${runtime}.copy`, file);
  assert.equal(verifiedProgram(home, component, 'a').runtime, file);
});

test('an empty slot is not run, and says so', async (t) => {
  const { home } = await installed(t);
  assert.throws(() => verifiedProgram(home, component, 'b'), { code: 'slot-missing' });
});

for (const [name, text] of [
  ['torn', '{"component":"connect-sync","vers'],
  ['empty', ''],
  ['null', 'null'],
  ['a list', '[]'],
] as const) {
  test(`a slot whose facts are ${name} counts as empty`, async (t) => {
    const { home, folder } = await installed(t);
    writeFileSync(`${folder}.json`, text);
    assert.equal(readSlot(home, component, 'a'), undefined);
    assert.throws(() => verifiedProgram(home, component, 'a'), { code: 'slot-missing' });
  });
}

for (const change of [
  { runtime: '../../../usr/bin' },
  { sha256: 'A'.repeat(64) },
  { treeHash: 7 },
  { releaseNumber: '1' },
  { stateSchema: 1.5 },
  { version: undefined },
]) {
  test(`a slot whose facts say ${JSON.stringify(change)} counts as empty`, async (t) => {
    const { home, folder, facts } = await installed(t);
    writeFileSync(`${folder}.json`, JSON.stringify({ ...facts, ...change }));
    assert.equal(readSlot(home, component, 'a'), undefined);
  });
}

test('a slot is sealed with what was signed, and empty again when it is emptied', async (t) => {
  const { home, facts } = await installed(t);
  mkdirSync(slotFolder(home, component, 'b'));
  sealSlot(home, 'b', facts);
  assert.deepEqual(readSlot(home, component, 'b'), facts);
  emptySlot(home, component, 'b');
  assert.equal(readSlot(home, component, 'b'), undefined);
  assert.ok(!existsSync(slotFolder(home, component, 'b')));
  assert.deepEqual(readSlot(home, component, 'a'), facts);
});

test('the link goes from one slot to the other and back; what a kill left beside it does not matter', async (t) => {
  const { home } = await installed(t);
  const { current, folder } = componentHome(home, component);
  symlinkSync('a', `${current}.new`);
  switchLink(home, component, 'b');
  assert.equal(linkedSlot(home, component), 'b');
  switchLink(home, component, 'a');
  switchLink(home, component, 'a');
  assert.equal(linkedSlot(home, component), 'a');
  assert.ok(!readdirSync(folder).includes('current.new'));
});

test('the link is never missing while it is switched', async (t) => {
  const { home } = await installed(t);
  const { current } = componentHome(home, component);
  // Another process reads as fast as it can, and tells how often it found something other than a slot.
  const watcher = `
    const { readlinkSync } = require('node:fs');
    let wrong = 0, a = 0, b = 0;
    process.on('message', () => process.send({ wrong, a, b }, () => process.exit()));
    process.send('watching');
    const watch = () => {
      for (let time = 0; time < 1000; time++) {
        try { const to = readlinkSync(${JSON.stringify(current)}); to === 'a' ? a++ : to === 'b' ? b++ : wrong++; }
        catch { wrong++; }
      }
      setImmediate(watch);
    };
    watch();`;
  const child = spawn(process.execPath, ['-e', watcher], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  t.after(() => child.kill('SIGKILL'));
  await once(child, 'message');
  for (let time = 0; time < 300; time++) switchLink(home, component, time % 2 === 0 ? 'b' : 'a');
  child.send('tell');
  const [{ wrong, a, b }] = await once(child, 'message');
  assert.equal(wrong, 0);
  assert.ok(a > 0 && b > 0, 'the watcher saw both slots');
});

for (const [name, target] of [
  ['elsewhere', '/etc'],
  ['to a third slot', 'c'],
  ['to a slot by a longer way', './a'],
] as const) {
  test(`a link that leads ${name} names no slot`, async (t) => {
    const { home } = await installed(t);
    const { current } = componentHome(home, component);
    rmSync(current);
    symlinkSync(target, current);
    assert.equal(linkedSlot(home, component), undefined);
    assert.equal(readlinkSync(current), target);
  });
}

test('a folder in place of the link names no slot', async (t) => {
  const { home } = await installed(t);
  const { current } = componentHome(home, component);
  rmSync(current);
  mkdirSync(current);
  assert.equal(linkedSlot(home, component), undefined);
});

test('the other slot of none is a', () => {
  assert.deepEqual([otherSlot(undefined), otherSlot('a'), otherSlot('b')], ['a', 'b', 'a']);
});
