import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runControlPlane } from '../testing/running-control-plane.ts';
import { enrol, send, sign } from '../testing/signed-agent.ts';

const reports = { method: 'POST', path: '/hus/v1/reports' };

const report = (reportId: string) => ({
  reports: [
    {
      ...{ reportId, at: '2026-11-22T13:59:59.000Z', component: 'connect-sync', from: '1.2.3.0', to: '1.2.4.0' },
      ...{ targetSha256: 'ab'.repeat(32), step: 'committed' },
    },
  ],
});
const ids = (count: number): string[] =>
  Array.from({ length: count }, (_, at) => `0193a4e5-0000-7000-8000-${String(at).padStart(12, '0')}`);

test('of the same signed request sent many times at once, one is carried out', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const request = sign(plane, agent, { ...reports, body: report(ids(1)[0]!) });
  const answers = await Promise.all(Array.from({ length: 20 }, () => send(request)));
  const codes = answers.map(({ status, json }) => (status === 200 ? 'carried out' : json.code));
  assert.deepEqual(codes.toSorted(), ['carried out', ...Array<string>(19).fill('signature-replayed')]);
});

test('requests of many agents at once are each carried out, except those of a revoked one', async (t) => {
  const plane = await runControlPlane(t);
  const [stays, leaves] = [
    await enrol(plane, { name: 'one.example', kind: 'ldif' }),
    await enrol(plane, { name: 'two.example', kind: 'ldif' }),
  ];
  // Both are known from before.
  for (const agent of [stays, leaves]) {
    assert.equal((await send(sign(plane, agent, { ...reports, body: report(ids(1)[0]!) }))).status, 200);
  }
  await plane.ask('POST', `/platform/v1/agents/${leaves.agentId}/revoke`);
  const answers = await Promise.all(
    ids(20).map((id, at) => send(sign(plane, at % 2 === 0 ? stays : leaves, { ...reports, body: report(id) }))),
  );
  for (const [at, { status, json }] of answers.entries()) {
    if (at % 2 === 0) assert.equal(status, 200);
    else assert.equal(json.code, 'agent-revoked');
  }
});

test('an agent that another process revoked is refused at its next request', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  assert.equal((await send(sign(plane, agent, { ...reports, body: report(ids(1)[0]!) }))).status, 200);
  const second = await plane.openDatabase();
  await second.write(async (writer) => {
    await writer.updateTable('platform_agents').set({ state: 'revoked' }).where('id', '=', agent.agentId).execute();
  });
  for (let time = 0; time < 2; time++) {
    const { json } = await send(sign(plane, agent, { ...reports, body: report(ids(1)[0]!) }));
    assert.equal(json.code, 'agent-revoked');
  }
});
