/**
 * One `springline up` per home: a bound Unix socket, which a dead process cannot hold.
 */
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { bindAsLock, LockError } from '@springline/agent/updater/lock';
import { CommandError } from '../output.ts';

/** @throws {CommandError} when another `up` runs on the home. */
export async function lockHome(home: string): Promise<Server> {
  const server = createServer((socket) => socket.end());
  const folder = process.cwd();
  try {
    await bindAsLock(server, join(home, 'up.sock'));
    server.unref();
    return server;
  } catch (cause) {
    if (cause instanceof LockError && cause.code === 'agent-already-running') {
      throw new CommandError(`springline already runs on ${home}. Stop it, or choose another --home.`, 1, { cause });
    }
    throw new CommandError(`${home} cannot be locked: ${(cause as Error).message}`, 1, { cause });
  } finally {
    process.chdir(folder);
  }
}
