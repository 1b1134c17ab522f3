import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { RunningControlPlane } from '@springline/control-plane/testing/running-control-plane';
import { planeWithCli } from '../testing/running-plane.ts';
import { runCli } from '../testing/running-up.ts';

/** More than one page of entries. */
async function fill(plane: RunningControlPlane): Promise<void> {
  const one = () => plane.ask('POST', '/platform/v1/sign-in-links');
  for (let i = 0; i < 51; i++) await Promise.all(Array.from({ length: 10 }, one));
}

test('a trail of several pages is listed, exported and verified, here and from the file', async (t) => {
  const { plane, run } = await planeWithCli(t);
  await fill(plane);
  const verified = await run('audit', 'verify', '--json');
  assert.equal(verified.code, 0, verified.errors);
  const { entries, head, tenantId } = JSON.parse(verified.output);
  const exported = await run('audit', 'export');
  const lines = exported.output.trim().split('\n');
  assert.deepEqual([lines.length, JSON.parse(lines.at(-1)!).hash], [entries, head]);
  assert.ok(entries > 500);
  const file = join(plane.home, 'audit.jsonl');
  writeFileSync(file, exported.output);
  // A home that does not exist: nothing is asked but the file.
  const offline = (...words: readonly string[]) =>
    runCli(['audit', 'verify', '--file', file, '--home', join(plane.home, 'none'), ...words]);
  for (const words of [[], ['--tenant', tenantId], ['--tenant', tenantId.toUpperCase()]]) {
    const { output, errors } = await offline(...words);
    assert.deepEqual([output, errors], [`${entries} entries, every link holds. Head: ${head}\n`, '']);
  }
  const byName = await offline('--tenant', 'default');
  assert.deepEqual([byName.code, /is the id of a tenant \(a UUID\)/.test(byName.errors)], [2, true], byName.errors);
  const ofAnother = await offline('--tenant', '0192d4e0-0000-7000-8000-000000000000');
  assert.deepEqual([ofAnother.code, /is the trail of tenant/.test(ofAnother.errors)], [1, true], ofAnother.errors);
  const listed = JSON.parse((await run('audit', 'list', '--limit', '3', '--json')).output);
  assert.deepEqual(
    listed.entries.map(({ sequence }: { sequence: number }) => sequence),
    [entries - 2, entries - 1, entries],
  );
});

test('a file without an entry is no trail, one without its tenant needs it, and a part of a trail is none', async (t) => {
  const { plane, run } = await planeWithCli(t);
  for (let i = 0; i < 3; i++) await plane.ask('POST', '/platform/v1/sign-in-links');
  const file = join(plane.home, 'audit.jsonl');
  writeFileSync(file, '');
  const empty = await run('audit', 'verify', '--file', file);
  assert.deepEqual([empty.code, empty.errors], [1, `springline: ${file} holds no entry of an audit trail\n`]);
  const lines = (await run('audit', 'export')).output.trim().split('\n');
  const { tenantId } = JSON.parse(lines[0]!);
  writeFileSync(file, lines.map((line) => JSON.stringify({ ...JSON.parse(line), tenantId: undefined })).join('\n'));
  assert.match((await run('audit', 'verify', '--file', file)).errors, /does not name its tenant: give its id/);
  assert.equal((await run('audit', 'verify', '--file', file, '--tenant', tenantId)).code, 0);
  writeFileSync(file, lines.slice(1).join('\n'));
  const part = await run('audit', 'verify', '--file', file);
  assert.equal(part.code, 1);
  assert.match(part.output, /^entry 2 does not belong .*: export it without --after\n$/);
});

test('the first broken link is named, with exit code 1', async (t) => {
  const { plane, run } = await planeWithCli(t);
  for (let i = 0; i < 5; i++) await plane.ask('POST', '/platform/v1/sign-in-links');
  const database = await plane.openDatabase();
  await database.write((writer) =>
    writer.updateTable('platform_audit').set({ actor: 'person:somebody-else' }).where('sequence', '=', 4).execute(),
  );
  const { code, output } = await run('audit', 'verify');
  assert.deepEqual([code, output], [1, 'entry 4 does not belong where it stands; 3 before it hold\n']);
});

test('a removed line of an exported trail is found, and a line that is none is refused with its place', async (t) => {
  const { plane, run } = await planeWithCli(t);
  for (let i = 0; i < 5; i++) await plane.ask('POST', '/platform/v1/sign-in-links');
  const lines = (await run('audit', 'export')).output.split('\n');
  const file = join(plane.home, 'audit.jsonl');
  writeFileSync(file, lines.toSpliced(2, 1).join('\n'));
  const shortened = await run('audit', 'verify', '--file', file, '--json');
  assert.deepEqual([shortened.code, JSON.parse(shortened.output).firstBroken], [1, 4]);
  writeFileSync(file, lines.toSpliced(2, 1, 'not an entry').join('\n'));
  const damaged = await run('audit', 'verify', '--file', file);
  assert.deepEqual([damaged.code, damaged.errors], [1, `springline: ${file}:3 is no entry of an audit trail\n`]);
});
