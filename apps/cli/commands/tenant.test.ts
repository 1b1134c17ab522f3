import assert from 'node:assert/strict';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { planeWithCli } from '../testing/running-plane.ts';
import { runCli } from '../testing/running-up.ts';

test('a tenant is added, first as a plan, and its token in a file of its owner acts there', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'woodgrove.token');
  const words = ['tenant', 'add', 'Woodgrove Bank', '--administrator', 'Ada Okonkwo', '--token-file', file];
  const planned = await run(...words, '--dry-run');
  assert.equal(
    planned.output,
    'would add Woodgrove Bank with the administrator Ada Okonkwo, whose token ends after 90 days\n',
    planned.errors,
  );
  assert.equal(existsSync(file), false);
  const added = await run(...words, '--json');
  const secret = readFileSync(file, 'utf8').trim();
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.ok(!added.output.includes(secret) && !added.errors.includes(secret));
  const answer = JSON.parse(added.output);
  assert.deepEqual([answer.name, answer.token.name, answer.token.secret], ['Woodgrove Bank', 'first-token', undefined]);
  assert.match((await run('tenant', 'list')).output, /^NAME .*\ndefault .*runs the installation.*\nWoodgrove Bank /);
  const env = { SPRINGLINE_TOKEN_FILE: file };
  const there = await runCli(['person', 'list', '--json', '--home', plane.home], { env });
  assert.deepEqual(
    JSON.parse(there.output).people.map(({ name }: { name: string }) => name),
    ['Ada Okonkwo'],
  );
  const notHere = await runCli(['tenant', 'list', '--home', plane.home], { env });
  assert.deepEqual([notHere.code, /\(operator-only\)\n$/.test(notHere.errors)], [1, true], notHere.errors);
});

test('the secret is printed only when asked for, and alone', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const refused = await run('tenant', 'add', 'Fabrikam');
  assert.deepEqual([refused.code, refused.output], [2, '']);
  assert.match(refused.errors, /--token-file FILE, or --token-file - to print it/);
  assert.equal((await plane.ask('GET', '/platform/v1/tenants')).json.tenants.length, 1);
  const printed = await run('tenant', 'add', 'Fabrikam', '--token-file', '-');
  assert.match(printed.output, /^[A-Za-z0-9_-]{43}\n$/, printed.errors);
  const headers = { authorization: `Bearer ${printed.output.trim()}` };
  assert.equal((await plane.ask('GET', '/platform/v1/session', { headers })).json.tenant.name, 'Fabrikam');
});

test('a name that is taken, a file that is there and a name that is none are refused, and leave nothing', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const file = join(plane.home, 'x.token');
  const taken = await run('tenant', 'add', 'Default', '--token-file', file);
  assert.match(taken.errors, /\(name-taken\)\n$/);
  assert.equal(existsSync(file), false);
  assert.match((await run('tenant', 'add', 'DEFAULT', '--dry-run')).errors, /there is a tenant default already/);
  assert.equal((await run('tenant', 'add', '<b>', '--dry-run')).code, 2);
  writeFileSync(file, 'mine\n');
  const there = await run('tenant', 'add', 'Fabrikam', '--token-file', file);
  assert.match(there.errors, /is not overwritten/);
  assert.equal(readFileSync(file, 'utf8'), 'mine\n');
  assert.equal((await plane.ask('GET', '/platform/v1/tenants')).json.tenants.length, 1);
});

test('a token file that is missing, empty or something else is named, and not what is in it', async (t) => {
  const { plane } = await planeWithCli(t);
  const file = join(plane.home, 'other.token');
  const list = () => runCli(['tenant', 'list', '--home', plane.home], { env: { SPRINGLINE_TOKEN_FILE: file } });
  const missing = await list();
  assert.deepEqual([missing.code, missing.errors.split('\n').length], [1, 2]);
  assert.match(missing.errors, /other\.token cannot be read: .*SPRINGLINE_TOKEN_FILE/);
  for (const text of ['', 'two words\n', 'a\nb\n', 'é', 'x'.repeat(5_000)]) {
    writeFileSync(file, text);
    const { code, errors } = await list();
    assert.equal(code, 1);
    assert.match(errors, /other\.token (holds no token|cannot be read): .*SPRINGLINE_TOKEN_FILE/);
    assert.ok(text.length < 3 || !errors.includes(text.trim()));
  }
  writeFileSync(file, `${plane.adminToken}\n`);
  assert.equal((await list()).code, 0);
});
