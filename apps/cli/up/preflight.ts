/**
 * Looks at everything that `springline up` needs before it writes anything: the port, the home, and for a new home the
 * source from beginning to end. Each failure is one sentence that says what to do.
 */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';
import type { SourceConfiguration } from '@springline/agent/components/connect-sync/configuration';
import {
  countEntries,
  type DirectoryFacts,
  inspectSource,
} from '@springline/agent/components/connect-sync/directory-source';
import { CommandError } from '../output.ts';

/** @throws {CommandError} when the port is taken. */
export async function checkPort(port: number): Promise<void> {
  for (const host of ['127.0.0.1', '::1']) {
    const code = await tryListen(port, host);
    if (code === 'EADDRINUSE') {
      throw new CommandError(`port ${port} is taken by another program. Stop it, or choose another port with --port.`);
    }
    if (code === 'EACCES')
      throw new CommandError(`this user may not listen on port ${port}. Choose one from 1024 on with --port.`);
    // EADDRNOTAVAIL, EAFNOSUPPORT: a host without IPv6.
  }
}

function tryListen(port: number, host: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code));
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}

/** What a home of ours holds, even one whose first start was cut short. */
const ownNames = new Set(['up.sock', 'agent', 'control-plane', 'keys', 'logs', 'admin-token']);

/** @throws {CommandError} when the home cannot be made or used. */
export function checkHome(home: string): void {
  try {
    if (!existsSync(home)) {
      // The nearest folder that exists decides whether the home can be made.
      let parent = dirname(home);
      while (!existsSync(parent)) parent = dirname(parent);
      accessSync(parent, constants.W_OK | constants.X_OK);
      if (!statSync(parent).isDirectory()) throw new Error(`${parent} is not a folder`);
      return;
    }
    if (!statSync(home).isDirectory()) throw new Error('it is not a folder');
    const names = readdirSync(home);
    if (names.length > 0 && !names.some((name) => ownNames.has(name))) throw new Error('it holds something else');
    accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new CommandError(
      `the home ${home} cannot be used: ${(cause as Error).message}. Choose another with --home, or mend its rights.`,
      1,
      {
        cause,
      },
    );
  }
}

/** Makes the home, for its owner only; one that exists is closed to others. */
export function makeHome(home: string): void {
  mkdirSync(home, { recursive: true, mode: 0o700 });
  chmodSync(home, 0o700);
}

/**
 * Reads the source of a new home once from beginning to end, so that a wrong password, an untrusted certificate or a
 * malformed line is told before anything is written. A home that has synced before starts without: its server may be
 * down for a while.
 *
 * @throws {CommandError}
 */
export async function checkSource(source: SourceConfiguration): Promise<DirectoryFacts & { readonly entries: number }> {
  try {
    const facts = await inspectSource(source);
    const entries = await countEntries(source, AbortSignal.timeout(600_000));
    if (entries === 0) throw new Error('the source has no entry. Check the base DN and what the account may see.');
    return { ...facts, entries };
  } catch (cause) {
    throw new CommandError((cause as Error).message, 1, { cause });
  }
}
