import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import { agentHome } from '@springline/agent/home';
import type { Minimums } from '@springline/api/shapes/campaign';
import { runCli, temporaryHome } from '../testing/running-up.ts';

const minimums = (daysLeft: number, below: number): Minimums => ({
  campaign: {
    ...{ campaignId: 'one', name: 'One', title: 'Upgrade', revision: 1, revisions: 1 },
    publishedAt: '2026-11-01T00:00:00.000Z',
    deadline: { date: '2026-12-06', zone: 'UTC', endsAt: '2026-12-07T00:00:00.000Z' },
    daysLeft,
  },
  minimums: [
    {
      ...{ component: 'connect-sync', version: '1.2.4.0', byHand: false, effect: 'notify' },
      ...{ ok: 1, below, notJudged: 0, moved: 0 },
    },
  ],
  groups: { 'opted-out': below, failed: 0, 'on-pks': 0, 'not-seen': 0, 'by-hand': 0, upgrading: 0 },
  servers: Array.from({ length: below }, (_, at) => ({
    ...{ tenant: 'default', hostName: `sync-${at}`, group: 'opted-out', effect: 'none', source: 'agent' },
    components: [{ component: 'connect-sync', version: '1.0.0.0', why: 'auto-upgrade was switched off by a person' }],
  })),
  serversTotal: below,
  problems: [],
});

test('servers below are a failure after the date and not before, and the names come when asked for', async (t) => {
  let answer = minimums(0, 1);
  const server = createServer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(answer));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const home = temporaryHome(t);
  const { identity } = agentHome(home);
  mkdirSync(join(identity, '..'), { recursive: true });
  writeFileSync(identity, JSON.stringify({ url: `http://localhost:${(server.address() as { port: number }).port}` }));
  writeFileSync(join(home, 'admin-token'), 'the-token\n');
  const run = (...words: readonly string[]) => runCli(['upgrade', 'minimums', ...words, '--home', home]);

  const inTime = await run('--servers');
  assert.equal(inTime.code, 0, inTime.errors);
  assert.deepEqual(inTime.output.split('\n'), [
    'Upgrade by 6 December 2026 (today is the last day)            published 2026-11-01',
    'component                  minimum            ok  below  not judged',
    'Connect Sync               1.2.4.0             1      1      0',
    'Below: 1 opted out.  springline upgrade advice --server NAME',
    '',
    'SERVER  GROUP      BELOW                 COSTS NOW  KNOWN FROM  WHY',
    'sync-0  opted out  connect-sync 1.0.0.0             agent       auto-upgrade was switched off by a person',
    '',
  ]);
  answer = minimums(-1, 1);
  const late = await run('--json');
  assert.deepEqual([late.code, JSON.parse(late.output)], [1, answer]);
  answer = minimums(-1, 0);
  assert.equal((await run()).code, 0);
});
