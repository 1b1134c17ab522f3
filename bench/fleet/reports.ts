/**
 * How many upgrade reports per second the control plane takes: signed requests of 20 reports over HTTP, each checked,
 * refused when it comes twice, and on the disk before it is answered. Beside it two limits of the same machine: the
 * same rows written by bare node:sqlite, as durably, and the checks of signatures alone, on one core.
 */
import { fork } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { uuidV7 } from '@springline/ports/uuid';
import { type Measure, measure } from '../measure.ts';
import { startPlane } from './plane.ts';
import { quantile } from './quantile.ts';
import type { ReportOrder, ReportOutcome } from './report-sender.ts';

const agentCount = 50;
const reportsPerRequest = 20;
const seconds = 10;
const goalPerSecond = 10_000;
const limitSeconds = 2;
/** Of rows that belong to the installation. */
const systemTenantId = '00000000-0000-0000-0000-000000000000';
/** More than can be answered: 40 requests per agent and second are 40,000 reports per second. */
const requestsPerAgent = 40 * seconds;

export async function* reportMeasures(): AsyncIterable<Measure> {
  const rows = rowsPerSecond();
  const verifies = verifiesPerSecond() * reportsPerRequest;
  const { answered, seconds: took, latenciesMs, cpuSeconds } = await load();
  const ours = (answered * reportsPerRequest) / took;
  const words = { bench: 'fleet', measure: `upgrade reports taken, signed requests of ${reportsPerRequest}` };
  const goal = { goal: `>= ${goalPerSecond} reports/s`, met: ours >= goalPerSecond };
  yield measure({ ...words, unit: 'reports/s', ours, peer: rows, peerName: 'bare node:sqlite, FULL', ...goal });
  yield measure({
    ...{ ...words, measure: 'upgrade reports taken, beside signature checks', unit: 'reports/s', ours },
    ...{ peer: verifies, peerName: `${reportsPerRequest} x P-256 checks, one core`, goal: '-', met: true },
  });
  yield measure({
    ...{
      bench: 'fleet',
      measure: `answer to a request of ${reportsPerRequest} reports under full load, p99`,
      unit: 'ms',
    },
    ...{ ours: quantile(latenciesMs, 0.99), peer: quantile(latenciesMs, 0.5), peerName: 'p50', goal: '-', met: true },
  });
  yield measure({
    ...{ bench: 'fleet', measure: 'processor time of the control plane per request of reports', unit: 'ms' },
    ...{ ours: (cpuSeconds * 1000) / answered, peer: 1000 / (verifies / reportsPerRequest), peerName: 'P-256 check' },
    ...{ goal: '-', met: true },
  });
}

async function load(): Promise<ReportOutcome & { readonly cpuSeconds: number }> {
  await using plane = await startPlane();
  beginRollout(plane.databaseFile);
  const agents = [];
  for (let at = 0; at < agentCount; at++) agents.push(await plane.enrol(`forest-${at}.example`));
  const child = fork(join(import.meta.dirname, 'report-sender.ts'), { serialization: 'advanced' });
  const order: ReportOrder = { url: plane.url, agents, requestsPerAgent, reportsPerRequest, seconds };
  child.send(order);
  await once(child, 'message');
  const before = plane.cpuSeconds();
  child.send('go');
  const [outcome] = (await once(child, 'message')) as [ReportOutcome];
  if (outcome.refusal !== undefined) throw new Error(`a request of reports was refused: ${outcome.refusal}`);
  return { ...outcome, cpuSeconds: plane.cpuSeconds() - before };
}

/** Of the build that the reports are about, so that they count as evidence. */
function beginRollout(databaseFile: string): void {
  const database = new DatabaseSync(databaseFile);
  const id = uuidV7();
  database
    .prepare(
      'INSERT INTO upgrade_rollouts (tenant_id, rollout_id, plan, digest, state, created_by, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)',
    )
    .run(systemTenantId, id, '{}', '', 'complete', 'bench', 0);
  database
    .prepare(
      'INSERT INTO upgrade_rollout_targets (tenant_id, target_sha256, rollout_id, component, version, platform) VALUES (?, ?, ?, ?, ?, ?)',
    )
    .run(systemTenantId, 'ab'.repeat(32), id, 'connect-sync', '1.2.4.0', 'linux-x64');
  database.close();
}

/** Rows of reports per second in transactions of one request each: no server, no checks, the same keys and order. */
function rowsPerSecond(): number {
  const folder = mkdtempSync(join(tmpdir(), 'springline-bench-rows-'));
  const database = new DatabaseSync(join(folder, 'rows.db'));
  try {
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
      CREATE TABLE reports (tenant_id text, agent_id text, report_id text, received_at bigint, position integer,
        at bigint, component text, from_version text, to_version text, target_sha256 text, step text, result text,
        reason text, gap_ms bigint, PRIMARY KEY (tenant_id, agent_id, report_id));
      CREATE INDEX age ON reports (tenant_id, received_at, position);
      CREATE INDEX of_agent ON reports (tenant_id, agent_id, received_at, position)`);
    const insert = database.prepare('INSERT INTO reports VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)');
    const tenant = uuidV7();
    const agents = Array.from({ length: agentCount }, () => uuidV7());
    const sha256 = 'ab'.repeat(32);
    const startedMs = performance.now();
    let written = 0;
    while (performance.now() - startedMs < limitSeconds * 1000) {
      const agent = agents[(written / reportsPerRequest) % agentCount]!;
      const now = Date.now();
      database.exec('BEGIN IMMEDIATE');
      for (let position = 0; position < reportsPerRequest; position++) {
        const versions = ['connect-sync', '1.2.3.0', '1.2.4.0', sha256, 'committed', 'Success', null, 128];
        insert.run(tenant, agent, uuidV7(), now, position, now, ...versions);
      }
      database.exec('COMMIT');
      written += reportsPerRequest;
    }
    return (written * 1000) / (performance.now() - startedMs);
  } finally {
    database.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

function verifiesPerSecond(): number {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const message = Buffer.alloc(400);
  const signature = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
  const startedMs = performance.now();
  let count = 0;
  for (; performance.now() - startedMs < limitSeconds * 1000; count++) {
    verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  }
  return (count * 1000) / (performance.now() - startedMs);
}

if (import.meta.main) for await (const found of reportMeasures()) process.stdout.write(`${JSON.stringify(found)}\n`);
