/**
 * The process that owns the services of one test run: `node host.ts`, started by `host-process.ts`.
 *
 * It prints the path of a unix socket and answers there: a line with the name of a service in, one line of JSON out (an
 * `Answer`). The first to ask starts the service, the others get the same one. Standard input is the lifeline: when it
 * closes, the owner is gone, however it ended, and everything is stopped and removed. The host runs in a session of its
 * own, so that Ctrl-C in a terminal reaches the owner and not the clean-up.
 */
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { findChromium } from './chromium.ts';
import { type Answer, type ServiceName, ServiceUnavailable } from './facts.ts';
import { startOpenLdap } from './openldap.ts';
import { startPostgres } from './postgres.ts';
import { startSambaAd } from './samba-ad.ts';
import type { RunningService } from './server-start.ts';

const starts: Record<ServiceName, (folder: string) => Promise<RunningService<object>>> = {
  openldap: startOpenLdap,
  'samba-ad': startSambaAd,
  postgres: startPostgres,
  chromium: findChromium,
};

const answers = new Map<ServiceName, Promise<Answer<object>>>();
const stops: (() => Promise<void>)[] = [];

// Servers that run as another user must pass through the run's folder; what is secret lies in closed folders below it.
process.umask(0o022);
const runFolder = mkdtempSync(join(tmpdir(), 'springline-services-'));
chmodSync(runFolder, 0o711);
process.on('exit', () => rmSync(runFolder, { recursive: true, force: true }));
const socketFolder = join(runFolder, 'host');
mkdirSync(socketFolder, { mode: 0o700 });

const server = createServer(serve);
server.listen(join(socketFolder, 'socket'), () => process.stdout.write(`${join(socketFolder, 'socket')}\n`));

process.stdin.on('end', shutDown).on('error', shutDown).resume();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, shutDown);

function serve(socket: Socket): void {
  // A test that was stopped hangs up; the service it asked for is still good for the others.
  socket.on('error', () => socket.destroy());
  createInterface({ input: socket }).once('line', async (name) => {
    const answer = isServiceName(name) ? await need(name) : { kind: 'failed', reason: `no service is named ${name}` };
    socket.end(`${JSON.stringify(answer)}\n`);
  });
}

function isServiceName(name: string): name is ServiceName {
  return Object.hasOwn(starts, name);
}

function need(name: ServiceName): Promise<Answer<object>> {
  const answer = answers.get(name) ?? start(name);
  answers.set(name, answer);
  return answer;
}

async function start(name: ServiceName): Promise<Answer<object>> {
  try {
    const { facts, stop } = await starts[name](join(runFolder, name));
    stops.push(stop);
    return { kind: 'ready', facts };
  } catch (error) {
    const kind = error instanceof ServiceUnavailable ? 'unavailable' : 'failed';
    return { kind, reason: messageWithCauses(error) };
  }
}

function messageWithCauses(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.cause === undefined ? error.message : `${error.message}: ${messageWithCauses(error.cause)}`;
}

/** A start under way is awaited: a package installation cut in the middle would leave the machine worse than before. */
async function shutDown(): Promise<void> {
  server.close();
  await Promise.all(answers.values());
  await Promise.all(stops.splice(0).map((stop) => stop()));
  process.exit();
}
