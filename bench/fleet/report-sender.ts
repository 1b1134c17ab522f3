/**
 * The load of upgrade reports, in a process of its own: signs its requests beforehand, then each agent sends them over
 * one keep-alive connection, the next as soon as the last was answered. Started by `reports.ts` over an IPC channel.
 */
import { createPrivateKey } from 'node:crypto';
import { signRequest } from '@springline/api/signature/message';
import { uuidV7 } from '@springline/ports/uuid';
import { BenchConnection } from './connection.ts';
import { type BenchAgent, newNonce } from './plane.ts';

export interface ReportOrder {
  readonly url: string;
  readonly agents: readonly BenchAgent[];
  readonly requestsPerAgent: number;
  readonly reportsPerRequest: number;
  readonly seconds: number;
}

export interface ReportOutcome {
  /** Requests that were answered 200, and for how long they were sent. */
  readonly answered: number;
  readonly seconds: number;
  readonly latenciesMs: readonly number[];
  /** The first answer that was no 200, in words. */
  readonly refusal?: string;
}

process.once('message', (order: ReportOrder) => {
  void carryOut(order);
});

async function carryOut(order: ReportOrder): Promise<void> {
  const { url, agents, seconds } = order;
  const port = Number(new URL(url).port);
  const senders = await Promise.all(
    agents.map(async (agent) => ({ connection: await BenchConnection.open(port), requests: signed(order, agent) })),
  );
  process.send?.('signed');
  await new Promise((resolve) => process.once('message', resolve));
  const latenciesMs: number[] = [];
  let refusal: string | undefined;
  const startedMs = performance.now();
  const endMs = startedMs + seconds * 1000;
  await Promise.all(
    senders.map(async ({ connection, requests }) => {
      for (const request of requests) {
        const sentMs = performance.now();
        if (sentMs >= endMs || refusal !== undefined) break;
        const { status, body } = await connection.send(request);
        if (status === 200) latenciesMs.push(performance.now() - sentMs);
        else refusal = `${status} ${body.toString()}`;
      }
      connection.close();
    }),
  );
  const outcome: ReportOutcome = {
    ...{ answered: latenciesMs.length, seconds: (performance.now() - startedMs) / 1000, latenciesMs },
    ...(refusal === undefined ? {} : { refusal }),
  };
  // Not before it is out: it fills more than one buffer of the channel.
  process.send?.(outcome, () => process.disconnect());
}

function signed({ url, requestsPerAgent, reportsPerRequest }: ReportOrder, agent: BenchAgent): Buffer[] {
  const key = { keyId: agent.keyId, privateKey: createPrivateKey({ key: agent.privateKey, format: 'jwk' }) };
  const targetUri = `${url}/hus/v1/reports`;
  const { host } = new URL(url);
  return Array.from({ length: requestsPerAgent }, () => {
    const body = Buffer.from(JSON.stringify({ reports: Array.from({ length: reportsPerRequest }, report) }));
    const headers = signRequest({ method: 'POST', targetUri, body }, key, Math.floor(Date.now() / 1000), newNonce());
    const lines = Object.entries({
      host,
      'content-type': 'application/json',
      'content-length': body.length,
      ...headers,
    });
    const head = lines.map(([name, value]) => `${name}: ${value}\r\n`).join('');
    return Buffer.concat([Buffer.from(`POST /hus/v1/reports HTTP/1.1\r\n${head}\r\n`), body]);
  });
}

function report(_: unknown, position: number) {
  return {
    reportId: uuidV7(),
    at: new Date().toISOString(),
    component: 'connect-sync',
    from: '1.2.3.0',
    to: '1.2.4.0',
    targetSha256: 'ab'.repeat(32),
    step: position % 2 === 0 ? 'activating' : 'committed',
    ...(position % 2 === 0 ? {} : { result: 'Success', gapMs: 128 }),
  };
}
