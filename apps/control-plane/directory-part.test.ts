import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@springline/ports/log';
import { directoryPart } from './directory-part.ts';
import { platformMigrations } from './storage/platform/migrations.ts';
import { openDatabase } from './storage/sqlite/open.ts';
import { upgradeMigrations } from './storage/upgrade/migrations.ts';
import { runControlPlane } from './testing/running-control-plane.ts';
import { checkAnswer, createEnrolment, enrol, send, sign } from './testing/signed-agent.ts';

const user = {
  op: 'add',
  objectType: 'user',
  sourceAnchor: 'a1',
  attributes: { userPrincipalName: 'ada@contoso.example', displayName: 'Ada Lovelace' },
};
const exportOf = (connectorId: string, idempotencyKey: string, operations: unknown[]) => ({
  method: 'POST',
  path: '/directory/v1/exports',
  body: { connectorId, idempotencyKey, operations },
});

test('what an agent exports is read back by it, by SCIM, on the home page and in the metrics', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const agent = await enrol(plane);
  const enrolment = await createEnrolment(plane);
  const key = '01920000-0000-7000-8000-000000000001';
  const request = sign(plane, agent, exportOf(agent.connectorId, key, [user]));
  const answer = await send(request);
  assert.equal(answer.json?.results?.[0]?.status, 'created', answer.text);
  checkAnswer(enrolment, request, answer);
  const repeated = await send(sign(plane, agent, exportOf(agent.connectorId, key, [user])));
  assert.deepEqual(repeated.json, answer.json);

  const changes = sign(plane, agent, { method: 'GET', path: `/directory/v1/changes?connectorId=${agent.connectorId}` });
  assert.equal((await send(changes)).json.objects[0].sourceAnchor, 'a1');
  const filter = encodeURIComponent('userName eq "ada@contoso.example"');
  const { json: found } = await plane.ask('GET', `/scim/v2/Users?filter=${filter}`);
  assert.equal(found.totalResults, 1);
  assert.equal(found.Resources[0].displayName, 'Ada Lovelace');
  const { json: home } = await plane.ask('GET', '/platform/v1/home');
  assert.deepEqual(home.directory, { users: 1, groups: 0, contacts: 0 });
  const { text: metrics } = await plane.ask('GET', '/metrics');
  assert.match(metrics, /^springline_export_operations_total\{status="created"\} 2$/m);
});

test('a SCIM filter that is none is refused with its keyword (RFC 7644 3.12)', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const { status, json } = await plane.ask('GET', '/scim/v2/Users?filter=userName');
  assert.equal(status, 400);
  assert.equal(json.scimType, 'invalidFilter');
});

test('an agent reaches nothing of another agent’s connector', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  const [one, other] = [await enrol(plane), await enrol(plane, { name: 'second', kind: 'ldif' })];
  const key = '01920000-0000-7000-8000-000000000001';
  const { json } = await send(sign(plane, one, exportOf(other.connectorId, key, [user])));
  assert.equal(json.code, 'connector-not-yours');
});

test('the directory’s recurring jobs have kinds of their own and run', async (t) => {
  const plane = await runControlPlane(t, { directory: directoryPart });
  await plane.close();
  const path = `${plane.home}/control-plane/springline.db`;
  const migrations = [...platformMigrations, ...directoryPart.migrations, ...upgradeMigrations];
  const database = await openDatabase(path, migrations);
  t.after(() => database.close());
  const jobs = directoryPart.jobs({ database, clock: plane.clock, log: silentLog });
  assert.equal(new Set(jobs.map(({ kind }) => kind)).size, jobs.length);
  for (const job of jobs) {
    const counts = await job.run({ now: plane.clock.now(), signal: new AbortController().signal });
    assert.equal(typeof counts, 'object');
  }
});
