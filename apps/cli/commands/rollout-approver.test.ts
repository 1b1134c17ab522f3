import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { profileText } from '../release/profile.ts';
import { keysHome } from '../release/roles.ts';
import { approverFrom } from '../rollout/approver-file.ts';
import { readSmallJson } from '../small-file.ts';
import { type Finished, runCli, springline, temporaryHome } from '../testing/running-up.ts';

/** What the portal gives after making a passkey. */
function passkey(name: string) {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    name,
    credentialId: Buffer.from(`credential of ${name}`).toString('base64url'),
    publicKey: publicKey.export({ format: 'der', type: 'spki' }).toString('base64url'),
    rpId: 'localhost',
    origin: 'http://localhost:8743',
  };
}

interface Machine {
  readonly home: string;
  readonly file: string;
  run(...words: readonly string[]): Promise<Finished>;
  /** Writes JSON into a file, and gives its path. */
  written(json: unknown): string;
}

/** The signer's, with development keys. */
function machine(t: TestContext, hasKeys = true): Machine {
  const home = temporaryHome(t);
  const keys = keysHome(home);
  mkdirSync(keys.folder, { recursive: true });
  if (hasKeys) writeFileSync(keys.profile, profileText({ profile: 'development', createdAt: '2026-11-22T14:00:00Z' }));
  const given = join(home, 'given.json');
  return {
    home,
    file: join(keys.folder, 'approvers.json'),
    run: (...words) => runCli(['rollout', 'approver', ...words, '--home', home]),
    written(json) {
      writeFileSync(given, typeof json === 'string' ? json : JSON.stringify(json));
      return given;
    },
  };
}

test('approvers are added, listed and removed in the signer’s own file, and two of them make the rule two-people', async (t) => {
  const { file, run, written } = machine(t);
  const ada = passkey('Ada Okonkwo');
  const plan = await run('add', written(ada), '--dry-run');
  assert.equal(plan.code, 0, plan.errors);
  assert.equal(statSync(file, { throwIfNoEntry: false }), undefined);
  const added = await run('add', written(ada));
  assert.deepEqual(added.output.split('\n'), [
    `added approver Ada Okonkwo, with a passkey for http://localhost:8743, in ${file}`,
    'in force with 1 approver: at-once, what widens is signed at once',
    '',
  ]);
  assert.equal(statSync(file).mode & 0o777, 0o600);
  const bo = await run('add', written(passkey('Bo')));
  assert.match(bo.output, /\nin force with 2 approvers: two-people, what widens waits for two approvers\n$/);
  const { output } = await run('list');
  assert.match(output, /^NAME {9}PORTAL .*\nAda Okonkwo {2}http:\/\/localhost:8743 .*\nBo /);
  assert.equal(output.includes(`kept in ${file}\n`), true);
  assert.match((await run('remove', 'Bo')).output, /^removed approver Bo, .*\nin force with 1 approver: at-once/);
  const nobody = await run('remove', 'Bo');
  assert.deepEqual(
    [nobody.code, nobody.errors],
    [1, 'springline: there is no approver "Bo"; there are "Ada Okonkwo"\n'],
  );
});

test('one passkey is one person: neither its key nor its name is taken twice', async (t) => {
  const { file, run, written } = machine(t);
  const ada = passkey('Ada');
  await run('add', written(ada));
  const before = readFileSync(file, 'utf8');
  for (const same of [
    { ...passkey('Eve'), publicKey: ada.publicKey },
    { ...passkey('Eve'), credentialId: ada.credentialId },
    passkey('Ada'),
  ]) {
    const refused = await run('add', written(same));
    assert.deepEqual([refused.code, /"Ada" already\n$/.test(refused.errors)], [1, true], refused.errors);
  }
  assert.equal(readFileSync(file, 'utf8'), before);
});

test('the rule is shown, and set only to be stricter', async (t) => {
  const { run } = machine(t);
  assert.match((await run('rule')).output, /^in force with 0 approvers: at-once, /);
  assert.match((await run('rule', 'delay', '--dry-run')).output, /^would set the rule delay, .*\n.*: delay, /);
  assert.match((await run('rule')).output, /: at-once, /);
  assert.match((await run('rule', 'delay')).output, /^set the rule delay, .*\n.*: delay, /);
  const two = await run('rule', 'two-people');
  assert.match(
    two.output,
    /: two-people, .*\nthere are not two: what waits goes on waiting; add an approver, or choose/,
  );
  assert.equal((await run('rule', 'never')).code, 2);
});

test('two people that were asked for stay two when an approver goes, and the command says what to do', async (t) => {
  const { run, written } = machine(t);
  for (const name of ['Ada', 'Bo']) await run('add', written(passkey(name)));
  await run('rule', 'two-people');
  const { output } = await run('remove', 'Bo');
  assert.match(
    output,
    /\nin force with 1 approver: two-people, .*\nthere are not two: .* rollout approver rule delay\n$/,
  );
  assert.match((await run('rule', 'delay')).output, /\nin force with 1 approver: delay, [^\n]*\n$/);
});

test('a passkey comes from standard input too', (t) => {
  const { home } = machine(t);
  const words = ['rollout', 'approver', 'add', '-', '--home', home, '--json'];
  const { stdout, stderr, status } = spawnSync(process.execPath, [springline, ...words], {
    input: JSON.stringify(passkey('Ada')),
    encoding: 'utf8',
  });
  assert.equal(status, 0, stderr);
  assert.deepEqual(
    JSON.parse(stdout).approvers.map(({ name }: { name: string }) => name),
    ['Ada'],
  );
});

test('what is no passkey is refused with one line that names the member', async (t) => {
  const { run, written } = machine(t);
  const { code, errors } = await run('add', written('{"__proto__":{"name":"Ada"}}'));
  assert.deepEqual([code, /given\.json\.name does not have its form\n$/.test(errors)], [2, true], errors);
  for (const [json, why] of [
    ['{', /is no JSON$/],
    ['[]', /is no object$/],
    ['x'.repeat(20_000), /longer than 16384 bytes$/],
    [{ ...passkey('Ada'), name: 'Ada\u001b[31m' }, /\.name does not have its form$/],
    [{ ...passkey('Ada'), origin: 'javascript:x' }, /\.origin does not have its form$/],
    [{ ...passkey('Ada'), publicKey: 'A'.repeat(60) }, /given\.json/],
  ] as const) {
    const file = written(json);
    assert.throws(() => approverFrom(readSmallJson(file, 16 * 1024), file), { exitCode: 2, message: why });
  }
});

test('where no signing keys are the commands say on which machine they work', async (t) => {
  const { run } = machine(t, false);
  const { code, errors } = await run('list');
  assert.deepEqual([code, /has no signing keys: .* on the signer's machine alone\n$/.test(errors)], [1, true], errors);
});
