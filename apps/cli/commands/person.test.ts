import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planeWithCli } from '../testing/running-plane.ts';

test('a person is added, gets a link, another role, and is removed, each first as a plan', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const names = async () => JSON.parse((await run('person', 'list', '--json')).output).people.map(nameOf);
  const nameOf = ({ name, role }: { name: string; role: string }) => `${name} ${role}`;
  const plan = await run('person', 'add', 'Ada Okonkwo', '--role', 'reader', '--dry-run');
  assert.equal(plan.output, 'would add Ada Okonkwo as reader\n');
  assert.deepEqual(await names(), ['admin administrator']);
  const added = await run('person', 'add', 'Ada Okonkwo', '--role', 'reader');
  assert.equal(added.output, 'added Ada Okonkwo as reader: read\n', added.errors);
  const { output: url } = await run('sign-in-link', '--person', 'Ada Okonkwo');
  const body = { linkToken: url.trim().split('#')[1] };
  const session = await plane.ask('POST', '/platform/v1/session', { body, headers: {} });
  assert.equal(session.json.person.name, 'Ada Okonkwo');
  const role = ['person', 'set-role', 'Ada Okonkwo', 'rollout-approver'];
  assert.equal((await run(...role, '--dry-run')).output, 'would change Ada Okonkwo: reader -> rollout-approver\n');
  assert.deepEqual(await names(), ['Ada Okonkwo reader', 'admin administrator']);
  await run(...role);
  assert.deepEqual(await names(), ['Ada Okonkwo rollout-approver', 'admin administrator']);
  await run('token', 'create', 'of ada', '--scope', 'read', '--person', 'Ada Okonkwo');
  const going = await run('person', 'remove', 'Ada Okonkwo', '--dry-run');
  assert.equal(going.output, 'would remove Ada Okonkwo (rollout-approver) and the tokens of ada\n');
  assert.equal((await run('person', 'remove', 'Ada Okonkwo')).code, 0);
  assert.deepEqual(await names(), ['admin administrator']);
});

test('a refusal is a sentence and exit code 1; a role that is none is exit code 2', async (t) => {
  const { run } = await planeWithCli(t);
  const last = await run('person', 'remove', 'admin');
  assert.equal(last.code, 1);
  assert.match(last.errors, /at least one administrator.*\(last-administrator\)\n$/);
  const nobody = await run('sign-in-link', '--person', 'Eve');
  assert.deepEqual([nobody.code, nobody.errors], [1, 'springline: there is no person "Eve"; there are: admin\n']);
  assert.equal((await run('person', 'add', 'Ada', '--role', 'owner')).code, 2);
});

test('the secret of a token is alone on standard output, or in a new file of its owner', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const created = await run('token', 'create', 'monitoring', '--scope', 'read', 'directory.read');
  assert.match(created.output, /^[A-Za-z0-9_-]{43}\n$/, created.errors);
  assert.ok(!created.errors.includes(created.output.trim()));
  const headers = { authorization: `Bearer ${created.output.trim()}` };
  assert.deepEqual((await plane.ask('GET', '/platform/v1/session', { headers })).json.scopes, [
    'read',
    'directory.read',
  ]);
  const file = join(plane.home, 'crm.token');
  const words = ['token', 'create', 'crm', '--scope', 'directory.read', '--days', '30', '--out', file, '--json'];
  const toFile = await run(...words);
  const secret = readFileSync(file, 'utf8').trim();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!toFile.output.includes(secret) && !toFile.errors.includes(secret));
  assert.equal(JSON.parse(toFile.output).name, 'crm');
  const again = await run('token', 'create', 'other', '--scope', 'read', '--out', file);
  assert.equal(again.code, 1);
  assert.match(again.errors, /is not overwritten/);
  assert.equal(readFileSync(file, 'utf8').trim(), secret);
  const { tokens } = JSON.parse((await run('token', 'list', '--json')).output);
  assert.deepEqual(
    tokens.map(({ name }: { name: string }) => name),
    ['admin-token', 'crm', 'monitoring'],
  );
  assert.match((await run('token', 'revoke', 'crm', '--dry-run')).output, /^would revoke crm, last used never\n$/);
  assert.equal((await run('token', 'revoke', 'crm')).code, 0);
  assert.equal((await run('token', 'revoke', 'crm')).code, 1);
});

test('a token that is refused, and one that was only planned, leave no file', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'x.token');
  const refused = await run('token', 'create', 'admin-token', '--scope', 'read', '--out', file);
  assert.match(refused.errors, /name-taken/);
  await run('token', 'create', 'x', '--scope', 'read', '--out', file, '--dry-run');
  assert.equal(existsSync(file), false);
  assert.equal((await run('token', 'create', 'x', '--scope', 'read', '--days', '367')).code, 2);
});
