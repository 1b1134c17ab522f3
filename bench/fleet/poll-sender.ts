/**
 * The load of polls, in a process of its own: as many conditional GETs per second as ordered, whether or not earlier
 * ones were answered. Each has a time at which it is due, and its latency counts from that time: what a slow server
 * keeps from being sent is in the figures. Started by `polls.ts` over an IPC channel.
 */
import { BenchConnection } from './connection.ts';

export interface PollOrder {
  readonly url: string;
  readonly path: string;
  readonly perSecond: number;
  readonly connections: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

export interface PollOutcome {
  /** Of the polls that were answered 304, after the warm-up. */
  readonly latenciesMs: readonly number[];
  /** Polls that fell due after the warm-up and were answered otherwise, or not at all. */
  readonly failed: number;
}

process.once('message', (order: PollOrder) => {
  void carryOut(order);
});

async function carryOut({ url, path, perSecond, connections, warmUpSeconds, seconds }: PollOrder): Promise<void> {
  const { host, port } = new URL(url);
  const get = (header: string) => Buffer.from(`GET ${path} HTTP/1.1\r\nhost: ${host}\r\n${header}\r\n`);
  const free = await Promise.all(Array.from({ length: connections }, () => BenchConnection.open(Number(port))));
  const all = [...free];
  const first = await free[0]!.send(get(''));
  const etag = /\r\netag: ("[^"]+")/i.exec(first.head)?.[1];
  if (first.status !== 200 || etag === undefined) throw new Error(`a poll was answered ${first.status}`);
  const poll = get(`if-none-match: ${etag}\r\n`);
  const total = perSecond * (warmUpSeconds + seconds);
  const firstMeasured = perSecond * warmUpSeconds;
  const latenciesMs: number[] = [];
  let failed = 0;
  let [sent, ended] = [0, 0];
  const startMs = performance.now();
  const dueMs = (at: number): number => startMs + (at * 1000) / perSecond;
  await new Promise<void>((resolve) => {
    const timer = setInterval(sendDue, 1);
    function sendDue(): void {
      for (const now = performance.now(); sent < total && dueMs(sent) <= now; sent++) {
        const connection = free.pop();
        if (connection === undefined) return;
        void ask(connection, sent);
      }
    }
    async function ask(connection: BenchConnection, at: number): Promise<void> {
      const answer = await connection.send(poll).catch(() => undefined);
      if (answer !== undefined) free.push(connection);
      if (at >= firstMeasured) {
        if (answer?.status === 304) latenciesMs.push(performance.now() - dueMs(at));
        else failed += 1;
      }
      ended += 1;
      if (ended === total || (free.length === 0 && ended === sent)) {
        clearInterval(timer);
        resolve();
      }
    }
  });
  for (const connection of all) connection.close();
  const outcome: PollOutcome = { latenciesMs, failed: failed + (total - ended) };
  // Not before it is out: it fills more than one buffer of the channel.
  process.send?.(outcome, () => process.disconnect());
}
