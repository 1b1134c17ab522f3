/** Starts the host of test services as a process and ends it. The host notices by itself when its owner dies. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** Environment variable with the host's socket, through which the test files of a run share one host. */
export const hostAddressVariable = 'SPRINGLINE_TEST_SERVICES';

export interface HostProcess {
  readonly socketPath: string;
  /** Stops every service, removes the run's folder and returns when all is gone. */
  stop(): Promise<void>;
}

/** Starts a host, which starts no service until one is asked for. It does not keep this process alive. */
export async function startHost(): Promise<HostProcess> {
  const child = spawn(process.execPath, [join(import.meta.dirname, 'host.ts')], {
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const first: unknown[] = await Promise.race([once(lines, 'line'), ended.then(() => [])]);
  const socketPath = first[0];
  if (typeof socketPath !== 'string') throw new Error('the host of test services ended before it listened');
  lines.close();
  child.stdout.destroy();
  child.unref();
  // A pipe is a socket to Node, and an open one keeps a process alive.
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref();
  return {
    socketPath,
    async stop() {
      child.ref();
      child.stdin.end();
      await ended;
    },
  };
}
