import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { makeToken } from '@springline/control-plane/testing/second-tenant';
import { enrol } from '@springline/control-plane/testing/signed-agent';
import { planeWithCli } from '../testing/running-plane.ts';

test('a wish is shown, planned, set part by part, and cleared', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const { agentId } = await enrol(plane);
  const words = ['--pin', '1.2.3.0', '--ring', 'broad', '--after-staging', '72h', '--disabled'];
  const times = ['--freeze', '2026-12-18T00:00:00Z/2027-01-04T00:00:00Z', '--not-before', '2026-12-01T06:00+01:00'];
  const wishOf = async () => (await plane.ask('GET', `/hus/v1/agents/${agentId}/wish`)).json.wish;
  const planned = await run('agent', 'wish', 'set', agentId, ...words, ...times, '--dry-run');
  const described = [
    `host           sync-1.contoso.example, ${agentId}`,
    'upgrades       none at all: Disabled by wish',
    'pin            nothing above 1.2.3.0',
    'ring           waits for broad too',
    'not before     2026-12-01 05:00 UTC',
    'freezes        2026-12-18 00:00 UTC to 2027-01-04 00:00 UTC',
    'after staging  3 d',
  ];
  assert.deepEqual(planned.output.split('\n'), ['would become:', ...described, ''], planned.errors);
  assert.deepEqual(await wishOf(), {});
  const set = await run('agent', 'wish', 'set', 'SYNC-1.contoso.example', ...words, ...times);
  assert.deepEqual(
    set.output.split('\n'),
    [...described, 'The host hears of it with its next heartbeat.', ''],
    set.errors,
  );
  const shown = await run('agent', 'wish', 'show', agentId.slice(0, 12));
  assert.deepEqual(shown.output.split('\n'), [...described, ''], shown.errors);
  const less = await run(
    'agent',
    'wish',
    'set',
    agentId,
    '--no-disabled',
    '--pin',
    'none',
    '--freeze',
    'none',
    '--json',
  );
  assert.equal(JSON.parse(less.output).before.pin, '1.2.3.0', less.errors);
  assert.deepEqual(await wishOf(), {
    ...{ ring: 'broad', notBefore: '2026-12-01T05:00:00.000Z', afterStagingSoakMinutes: 4_320 },
  });
  await run('agent', 'wish', 'set', agentId, '--clear');
  assert.deepEqual(await wishOf(), {});
});

test('nothing asked, words that are none, and an agent of nobody or of another tenant are refused', async (t) => {
  const { plane, run } = await planeWithCli(t);
  const { agentId } = await enrol(plane);
  for (const words of [
    [],
    ['--pin', 'newest'],
    ['--ring', 'Broad'],
    ['--freeze', '2027-01-04T00:00:00Z/2026-12-18T00:00:00Z'],
    ['--freeze', 'none', '--freeze', '2026-12-18T00:00:00Z/2027-01-04T00:00:00Z'],
    ['--after-staging', '91d'],
  ]) {
    assert.equal((await run('agent', 'wish', 'set', agentId, ...words)).code, 2, words.join(' '));
  }
  const ring = await run('agent', 'wish', 'set', agentId, '--ring', 'Broad');
  assert.match(ring.errors, /^springline: --ring is the name of a ring: small letters/);
  for (const time of ['72', '72h', '3d']) {
    const { output } = await run('agent', 'wish', 'set', agentId, '--after-staging', time, '--dry-run');
    assert.match(output, /\nafter staging {2}3 d\n/);
  }
  const nobody = await run('agent', 'wish', 'show', 'x\u001b[2J');
  assert.deepEqual(
    [nobody.code, nobody.errors],
    [1, 'springline: there is no agent "x [2J". Which there are: springline upgrade status\n'],
  );
  const database = await plane.openDatabase();
  const as = (token: string): void => writeFileSync(join(plane.home, 'admin-token'), `${token}\n`);
  as(await makeToken(plane, database, { scopes: ['read'] }));
  const reader = await run('agent', 'wish', 'set', agentId, '--disabled');
  assert.deepEqual([reader.code, /\(not-authorised\)\n$/.test(reader.errors)], [1, true], reader.errors);
  as(await makeToken(plane, database, { tenant: 'Fabrikam' }));
  const abroad = await run('agent', 'wish', 'show', agentId);
  assert.deepEqual([abroad.code, /there is no agent/.test(abroad.errors)], [1, true], abroad.errors);
});
