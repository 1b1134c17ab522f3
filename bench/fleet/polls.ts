/**
 * The polls of a million agents, each asking once in five minutes whether the Director's timestamp changed: how long an
 * answer takes, beside a server of bare node:http under the same load in the same run.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { type Measure, measure } from '../measure.ts';
import { startPlane } from './plane.ts';
import type { PollOrder, PollOutcome } from './poll-sender.ts';
import { quantile } from './quantile.ts';

const agents = 1_000_000;
const pollEverySeconds = 300;
const perSecond = Math.floor(agents / pollEverySeconds);
const order = { path: '/repository/director/metadata/timestamp.json', perSecond, connections: 256 };
const times = { warmUpSeconds: 1, seconds: 5 };
const rounds = 4;
const goalMs = 5;

export async function* pollMeasures(): AsyncIterable<Measure> {
  await using plane = await startPlane();
  await using bare = await startBareServer();
  const [oursByRound, peersByRound]: [PollOutcome[], PollOutcome[]] = [[], []];
  let cpuMs = Number.POSITIVE_INFINITY;
  // In turns, so that whatever else the machine does hits both; the best, because other work only ever adds.
  for (let round = 0; round < rounds; round++) {
    peersByRound.push(await load(bare.url));
    const before = plane.cpuSeconds();
    oursByRound.push(await load(plane.url));
    cpuMs = Math.min(
      cpuMs,
      ((plane.cpuSeconds() - before) * 1000) / (perSecond * (times.warmUpSeconds + times.seconds)),
    );
  }
  const best = (outcomes: readonly PollOutcome[], share: number): number =>
    Math.min(...outcomes.map(({ latenciesMs }) => quantile(latenciesMs, share)));
  const failed = oursByRound.reduce((sum, outcome) => sum + outcome.failed, 0);
  const words = { bench: 'fleet', unit: 'ms', peerName: 'bare node:http' };
  for (const [name, share] of [
    ['p50', 0.5],
    ['p99', 0.99],
  ] as const) {
    const [our, peers] = [best(oursByRound, share), best(peersByRound, share)];
    const goal = name === 'p99' ? { goal: `<= ${goalMs} ms`, met: our <= goalMs && failed === 0 } : noGoal;
    yield measure({ ...words, measure: `${perSecond} polls per second, ${name}`, ours: our, peer: peers, ...goal });
  }
  yield measure({
    ...{ ...words, measure: 'processor time per poll', ours: cpuMs, peer: 1000 / perSecond },
    ...{ peerName: `one core at ${perSecond} polls per second`, ...noGoal },
  });
}

const noGoal = { goal: '-', met: true };

async function startBareServer(): Promise<AsyncDisposable & { readonly url: string }> {
  const server = fork(join(import.meta.dirname, 'bare-server.ts'));
  const [url] = (await once(server, 'message')) as [string];
  return { url, [Symbol.asyncDispose]: async () => server.disconnect() };
}

async function load(url: string): Promise<PollOutcome> {
  const sender = fork(join(import.meta.dirname, 'poll-sender.ts'), { serialization: 'advanced' });
  const told: PollOrder = { url, ...order, ...times };
  sender.send(told);
  const [outcome] = (await once(sender, 'message')) as [PollOutcome];
  return outcome;
}

if (import.meta.main) for await (const found of pollMeasures()) process.stdout.write(`${JSON.stringify(found)}\n`);
