import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { HusReport } from '@springline/api/shapes/auto-upgrade';
import type { EpochMs } from '@springline/ports/clock';
import { uuidV7 } from '@springline/ports/uuid';
import { reportsPerAgentLimit } from '../storage/upgrade/reports.ts';
import { type RunningControlPlane, runControlPlane } from '../testing/running-control-plane.ts';
import { makeToken } from '../testing/second-tenant.ts';
import { enrol, send, sign, type TestAgent } from '../testing/signed-agent.ts';
import { husJobs, reportRetentionMs } from './jobs.ts';

const path = '/hus/v1/reports';
/** Purging asks neither. */
const never = undefined as never;

const report = (changes: Partial<HusReport> = {}): HusReport => ({
  reportId: uuidV7(),
  at: '2026-11-22T13:59:59.000Z',
  component: 'connect-sync',
  from: '1.2.3.0',
  to: '1.2.4.0',
  targetSha256: 'ab'.repeat(32),
  step: 'committed',
  result: 'Success',
  gapMs: 128,
  ...changes,
});

const tell = (plane: RunningControlPlane, agent: TestAgent, reports: readonly unknown[]) =>
  send(sign(plane, agent, { method: 'POST', path, body: { reports } }));

test('reports are kept in the order in which they came, with whose they are', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const [first, second] = [report({ step: 'activating' }), report({ reason: 'all well' })];
  const { status, json } = await tell(plane, agent, [first, second]);
  assert.deepEqual([status, json.accepted], [200, [first.reportId, second.reportId]]);
  const kept = await plane.ask('GET', path);
  const whose = {
    agentId: agent.agentId,
    hostName: 'sync-1.contoso.example',
    receivedAt: '2026-11-22T14:00:00.000Z',
  };
  assert.deepEqual(kept.json.reports, [
    { ...second, ...whose },
    { ...first, ...whose },
  ]);
});

test('a report that comes again is accepted and kept once, as it first was', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const lost = report();
  await tell(plane, agent, [lost]);
  const later = report({ step: 'rolled-back' });
  const again = await tell(plane, agent, [{ ...lost, result: 'Other' }, later]);
  assert.deepEqual(again.json.accepted, [lost.reportId, later.reportId]);
  const { json } = await plane.ask('GET', path);
  assert.deepEqual(
    json.reports.map(({ reportId, result }: HusReport) => [reportId, result]),
    [
      [later.reportId, 'Success'],
      [lost.reportId, 'Success'],
    ],
  );
});

test('an agent speaks for itself alone: not for a colleague, not in another tenant', async (t) => {
  const plane = await runControlPlane(t);
  const token = await makeToken(plane, await plane.openDatabase(), { tenant: 'Fabrikam' });
  const one = await enrol(plane);
  const colleague = await enrol(plane, { name: 'second', kind: 'ldif' });
  const stranger = await enrol(plane, undefined, token);
  const said = report();
  await tell(plane, one, [said]);
  // The same id from others is another report, and changes nothing of the first.
  await tell(plane, colleague, [{ ...said, result: 'Forged' }]);
  await tell(plane, stranger, [{ ...said, result: 'Forged' }]);
  const named = await tell(plane, colleague, [{ ...said, agentId: one.agentId }]);
  assert.deepEqual([named.status, named.json.code], [400, 'malformed-request']);

  const of = async (agentId: string, headers?: Record<string, string>) =>
    (await plane.ask('GET', `${path}?agentId=${agentId}`, headers === undefined ? {} : { headers })).json.reports;
  assert.deepEqual(
    (await of(one.agentId)).map(({ result }: HusReport) => result),
    ['Success'],
  );
  const abroad = { authorization: `Bearer ${token}` };
  assert.deepEqual(await of(one.agentId, abroad), []);
  assert.equal((await plane.ask('GET', path, { headers: abroad })).json.reports.length, 1);
  const fleet = await plane.ask('GET', '/hus/v1/fleet', { headers: abroad });
  assert.deepEqual(
    fleet.json.agents.map(({ agentId }: { agentId: string }) => agentId),
    [stranger.agentId],
  );
});

test('a stranger and a revoked agent report nothing', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const unsigned = await plane.ask('POST', path, { body: { reports: [report()] } });
  assert.deepEqual([unsigned.status, unsigned.json.code], [401, 'signature-missing']);
  await plane.ask('POST', `/platform/v1/agents/${agent.agentId}/revoke`);
  assert.equal((await tell(plane, agent, [report()])).json.code, 'agent-revoked');
  assert.deepEqual((await plane.ask('GET', path)).json.reports, []);
});

for (const [name, reports] of [
  ['no report', []],
  ['more than twenty', Array.from({ length: 21 }, () => report())],
  ['an unknown step', [{ ...report(), step: 'exploded' }]],
  ['a version that is none', [report({ to: '1.2.x' })]],
  ['a digest that is none', [report({ targetSha256: 'ab' })]],
  ['an endless reason', [report({ reason: 'x'.repeat(501) })]],
] as const) {
  test(`a body with ${name} is refused`, async (t) => {
    const plane = await runControlPlane(t);
    const { status, json } = await tell(plane, await enrol(plane), reports);
    assert.deepEqual([status, json.code], [400, 'malformed-request']);
  });
}

test('the reports of one agent are bounded; its oldest make room', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  const sent: string[] = [];
  for (let batch = 0; batch < reportsPerAgentLimit / 20 + 1; batch++) {
    const reports = Array.from({ length: 20 }, () => report());
    sent.push(...reports.map(({ reportId }) => reportId));
    plane.clock.advance(1_000);
    assert.equal((await tell(plane, agent, reports)).status, 200);
  }
  const database = await plane.openDatabase();
  const rows = await database.read.selectFrom('upgrade_reports').select('report_id').execute();
  assert.deepEqual(new Set(rows.map((row) => row.report_id)), new Set(sent.slice(20)));
  const { json } = await plane.ask('GET', `${path}?limit=1`);
  assert.equal(json.reports[0].reportId, sent.at(-1));
});

test('reports are forgotten after 90 days', async (t) => {
  const plane = await runControlPlane(t);
  const agent = await enrol(plane);
  await tell(plane, agent, [report()]);
  const database = await plane.openDatabase();
  const job = husJobs({ database, campaigns: never, controller: never, signer: never, published: never }).find(
    ({ kind }) => kind === 'upgrade-purge',
  );
  const runAt = (now: number) => job!.run({ now: now as EpochMs, signal: new AbortController().signal });
  const receivedAt = plane.clock.now();
  assert.deepEqual(await runAt(receivedAt + reportRetentionMs), { reports: 0, evidence: 0 });
  assert.deepEqual(await runAt(receivedAt + reportRetentionMs + 1), { reports: 1, evidence: 0 });
  assert.deepEqual((await plane.ask('GET', path)).json.reports, []);
  const left = await database.read.selectFrom('upgrade_last_reports').select('report_id').execute();
  assert.deepEqual(left, []);
});
