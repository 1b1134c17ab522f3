import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@springline/ports/log';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { createEnrolment, enrol, send, sign } from '../testing/signed-agent.ts';
import { JobRunner } from './jobs.ts';
import { platformJobs } from './purge.ts';

test('what has ended is thrown away, and what has not is kept', async (t) => {
  const plane = await runControlPlane(t);
  const { clock } = plane;
  const database = await plane.openDatabase();
  const purge = async () => {
    clock.advance(60_000);
    await new JobRunner({ database, clock, log: silentLog, jobs: platformJobs({ database }), holder: 'test' }).runDue();
  };
  const count = async (
    table:
      | 'platform_nonces'
      | 'platform_sessions'
      | 'platform_sign_in_links'
      | 'platform_enrolments'
      | 'platform_credentials',
  ) => {
    const row = await database.read
      .selectFrom(table)
      .select((eb) => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow();
    return row.n;
  };
  const { json } = await plane.ask('POST', '/platform/v1/sign-in-links');
  await plane.ask('POST', '/platform/v1/session', { body: { linkToken: json.url.split('#')[1] }, headers: {} });
  await plane.ask('POST', '/platform/v1/sign-in-links');
  const agent = await enrol(plane);
  await createEnrolment(plane, { name: 'unused', kind: 'ldif' });
  await send(
    sign(plane, agent, { method: 'POST', path: '/platform/v1/heartbeat', body: { hostName: 'h', components: [] } }),
  );
  const counts = async () => ({
    nonces: await count('platform_nonces'),
    links: await count('platform_sign_in_links'),
    sessions: await count('platform_sessions'),
    enrolments: await count('platform_enrolments'),
  });
  await purge();
  assert.deepEqual(await counts(), { nonces: 2, links: 2, sessions: 1, enrolments: 2 });
  clock.advance(20 * 60_000);
  await purge();
  assert.deepEqual(await counts(), { nonces: 0, links: 0, sessions: 1, enrolments: 2 });
  clock.advance(60 * 60_000);
  await purge();
  assert.deepEqual(await counts(), { nonces: 0, links: 0, sessions: 0, enrolments: 0 });
  // The admin token and the agent's key stay.
  assert.equal(await count('platform_credentials'), 2);
});
