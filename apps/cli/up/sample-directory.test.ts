import assert from 'node:assert/strict';
import { copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { freePort } from '@springline/tools/services/free-port';
import { RunningUp, runCli, type ScimResource, temporaryHome } from '../testing/running-up.ts';

const sample = join(import.meta.dirname, '..', '..', '..', 'examples', 'contoso.ldif');

/** The sample read the plain way: no parser of ours, no rules of ours. */
function plainRecords(file: string): ReadonlyMap<string, readonly string[]>[] {
  const lines = readFileSync(file, 'utf8')
    .replaceAll(/\r?\n /g, '')
    .split('\n')
    .filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n{2,}/)
    .filter((text) => /^dn:/m.test(text))
    .map((text) => {
      const record = new Map<string, string[]>();
      for (const line of text.split('\n')) {
        const found = /^([^:]+):(:?) ?(.*)$/.exec(line);
        if (found === null) continue;
        const [, name = '', encoded, raw = ''] = found;
        const isBinary = name === 'objectGUID' || name === 'objectSid';
        const value = encoded === ':' && !isBinary ? Buffer.from(raw, 'base64').toString('utf8') : raw;
        record.set(name, [...(record.get(name) ?? []), value]);
      }
      return record;
    });
}

const has = (record: ReadonlyMap<string, readonly string[]>, name: string, value: string): boolean =>
  record.get(name)?.includes(value) ?? false;
const isCritical = (record: ReadonlyMap<string, readonly string[]>): boolean =>
  has(record, 'isCriticalSystemObject', 'TRUE');

test('the sample directory reaches the cloud directory whole, stays in step, and a second start resumes', async (t) => {
  const home = temporaryHome(t);
  const ldif = `${home}.ldif`;
  copyFileSync(sample, ldif);
  const records = plainRecords(ldif);
  const people = records.filter(
    (record) =>
      has(record, 'objectClass', 'user') &&
      !has(record, 'objectClass', 'computer') &&
      !isCritical(record) &&
      !/^(AAD_|MSOL_)/.test(record.get('sAMAccountName')?.[0] ?? ''),
  );
  const groups = records.filter(
    (record) =>
      has(record, 'objectClass', 'group') &&
      !isCritical(record) &&
      (Number(record.get('groupType')?.[0]) < 0 || record.has('mail') || record.has('proxyAddresses')),
  );
  const up = await RunningUp.start(t, home, ['--ldif', ldif]);
  assert.match(up.output, new RegExp(`^ready ${up.url} users=${people.length} groups=${groups.length}$`, 'm'));

  const users = await up.all('Users');
  const cloudGroups = await up.all('Groups');
  assert.equal(users.size, people.length);
  assert.equal(cloudGroups.size, groups.length);

  const byDn = new Map<string, ScimResource>();
  for (const record of [...people, ...groups]) {
    const anchor = record.get('objectGUID')![0]!;
    byDn.set(record.get('dn')![0]!, (users.get(anchor) ?? cloudGroups.get(anchor))!);
  }
  assert.ok([...byDn.values()].every((resource) => resource !== undefined));
  for (const record of people) {
    const resource = byDn.get(record.get('dn')![0]!)!;
    assert.equal(resource.userName, record.get('userPrincipalName')![0]);
    assert.equal(resource.active, (Number(record.get('userAccountControl')![0]) & 2) === 0);
    const manager = record.get('manager')?.[0];
    const enterprise = resource['urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'] as {
      manager?: { value: string };
    };
    assert.equal(
      enterprise?.manager?.value,
      manager === undefined ? undefined : byDn.get(manager)?.id,
      resource.userName,
    );
  }
  for (const record of groups) {
    const resource = byDn.get(record.get('dn')![0]!)!;
    const whole = (await up.scim(`Groups/${resource.id}`)) as unknown as ScimResource;
    const wanted = (record.get('member') ?? []).flatMap((dn) => byDn.get(dn)?.id ?? []);
    assert.deepEqual((whole.members ?? []).map(({ value }) => value).sort(), wanted.sort(), record.get('cn')?.[0]);
  }

  const [person] = await up.find('Users', `userName eq "${people[7]!.get('userPrincipalName')![0]}"`);
  assert.equal(person?.externalId, people[7]!.get('objectGUID')![0]);

  // A changed line is in the cloud within seconds.
  const upn = people[7]!.get('userPrincipalName')![0]!;
  const text = readFileSync(ldif, 'utf8');
  const changed = text.replace(
    new RegExp(`(userPrincipalName: ${upn.replaceAll('.', '\\.')}\n)`),
    '$1pager: 5550199\n',
  );
  assert.notEqual(changed, text);
  const savedAt = performance.now();
  writeFileSync(ldif, changed);
  await up.until(async () => {
    const [found] = await up.find('Users', `userName eq "${upn}"`);
    return JSON.stringify(found).includes('5550199') ? true : undefined;
  }, 'the changed line');
  t.diagnostic(`a changed line reached the cloud in ${((performance.now() - savedAt) / 1000).toFixed(1)} s`);

  const stopped = await up.interrupt();
  assert.equal(stopped.code, 0, stopped.errors);
  assert.match(stopped.output, /stopped$/m);

  const again = await RunningUp.start(t, home, [], up.port);
  const usersAgain = await again.all('Users');
  assert.deepEqual([...usersAgain.values()].map(({ id }) => id).sort(), [...users.values()].map(({ id }) => id).sort());
  const history = JSON.parse((await runCli(['sync', 'history', '--home', home, '--json'])).output) as {
    steps: { profile: string; counters: Record<string, number> }[];
  }[];
  const exported = history[0]!.steps.find(({ profile }) => profile === 'Export')!;
  assert.deepEqual(exported.counters, {}, 'a resumed home has nothing to export');
});

let up: RunningUp;
let home: string;
/** Hooks have no context to clean up after: this stands in for one. */
const cleanups: (() => unknown)[] = [];
const context = { after: (work: () => unknown) => cleanups.unshift(work) };

before(async () => {
  home = temporaryHome(context);
  up = await RunningUp.start(context, home);
});
after(async () => {
  for (const cleanup of cleanups) await cleanup();
});

test('what runs shows in agent status', async () => {
  const { output, code } = await runCli(['agent', 'status', '--home', home]);
  assert.equal(code, 0);
  assert.match(output, /agent-updater\s+0\.1\.0\.0\s+running/);
  assert.match(output, /connect-sync\s+0\.1\.0\.0\s+running/);
});

test('a search tells each value with the rule that gave it', async () => {
  const { output, code } = await runCli(['sync', 'search', 'Head of Sales', '--home', home, '--json']);
  assert.equal(code, 0);
  const [found] = JSON.parse(output) as {
    attributes: { name: string; values: string[]; rule: string; since: string }[];
    links: unknown[];
  }[];
  const title = found!.attributes.find(({ name }) => name === 'title');
  assert.deepEqual([title?.values, title?.rule], [['Head of Sales'], 'In from AD - User Common']);
  assert.ok(Date.parse(title!.since) > 0);
  assert.equal(found!.links.length, 2);
});

test('a search that finds nothing says so and fails', async () => {
  const { output, code } = await runCli(['sync', 'search', 'nobody-is-called-this', '--home', home]);
  assert.equal(code, 1);
  assert.match(output, /nothing holds/);
});

test('the doctor finds a healthy machine healthy', async () => {
  const { output, code } = await runCli(['doctor', '--home', home]);
  assert.equal(code, 0, output);
  assert.doesNotMatch(output, /^failed/m);
});

test('a full cycle evaluates everything and exports nothing', async () => {
  const { output, code } = await runCli(['sync', 'run', '--full', '--home', home, '--json']);
  assert.equal(code, 0, output);
  const { steps } = JSON.parse(output) as { steps: { profile: string; counters: Record<string, number> }[] };
  assert.ok(steps.some(({ profile }) => profile === 'Full Synchronization'));
  assert.deepEqual(steps.find(({ profile }) => profile === 'Export')?.counters, {});
});

test('secrets of the home are for its owner only, and no log holds one', async () => {
  const { statSync, readdirSync } = await import('node:fs');
  for (const path of ['admin-token', 'agent/identity/key.pem', 'agent/consent.yaml', 'keys/control-plane.pem']) {
    assert.equal(statSync(join(home, path)).mode & 0o077, 0, path);
  }
  const token = readFileSync(join(home, 'admin-token'), 'utf8').trim();
  for (const name of readdirSync(join(home, 'logs'))) {
    assert.ok(!readFileSync(join(home, 'logs', name), 'utf8').includes(token), name);
  }
});

test('a second up on the same home is refused with a sentence', async () => {
  for (const port of [up.port, await freePort()]) {
    const { code, errors } = await runCli(['up', '--home', home, '--port', String(port)]);
    assert.equal(code, 1);
    assert.match(errors, /already runs on/);
  }
});

test('a port in use is refused before anything is written', async (t) => {
  const other = temporaryHome(t);
  const { code, errors } = await runCli(['up', '--home', other, '--port', String(up.port)]);
  assert.equal(code, 1);
  assert.match(errors, /port \d+ is taken .* --port/);
  assert.ok(!existsSync(other));
});

test('another source for a home that has one is refused', async () => {
  const { code, errors } = await runCli(['up', '--home', home, '--port', '1', '--ldif', '/tmp/other.ldif']);
  assert.equal(code, 1);
  assert.match(errors, /already syncs .* another --home/);
});
