/**
 * The lock of an agent host is its bound control socket: a second Agent Updater finds the first one answering, and a
 * dead one leaves no lock behind, only a file that nobody answers. Imports nothing from npm.
 */
import { chmodSync, lstatSync, mkdirSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname, relative } from 'node:path';

/** `code` is stable, the message says what to do. */
export class LockError extends Error {
  override readonly name = 'LockError';
  readonly code: 'agent-already-running' | 'socket-unusable';

  constructor(code: LockError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const confirmMs = 150;

/**
 * Binds `server` to the Unix socket `path`, in a folder that only the owner may enter.
 *
 * @throws {LockError} `agent-already-running`, `socket-unusable`.
 */
export async function bindAsLock(server: Server, path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  closeToOthers(dirname(path));
  // Socket paths hold 107 bytes; a relative one fits however deep the home lies.
  process.chdir(dirname(path));
  const name = relative(process.cwd(), path);
  for (let attempt = 0; ; attempt++) {
    try {
      await listen(server, name);
      if (attempt > 0) await confirm(server, name, path);
      return;
    } catch (cause) {
      if (cause instanceof LockError) throw cause;
      const isTaken = (cause as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (isTaken && (await isAnswered(name))) {
        throw new LockError(
          'agent-already-running',
          `an agent already runs in ${dirname(path)}; stop it, or choose another --home`,
          {
            cause,
          },
        );
      }
      // Only a socket is removed: whatever else lies there is somebody's file.
      if (!isTaken || attempt > 0 || lstatSync(name, { throwIfNoEntry: false })?.isSocket() === false) {
        throw new LockError('socket-unusable', `${path} cannot be bound: ${(cause as Error).message}`, { cause });
      }
      rmSync(name, { force: true });
    }
  }
}

/**
 * Of two that find the same dead socket at once, the second may remove the first one's live one. Whose socket stands
 * after a moment holds the lock; the other one gives up.
 */
async function confirm(server: Server, name: string, path: string): Promise<void> {
  const ours = lstatSync(name, { throwIfNoEntry: false })?.ino;
  await new Promise((resolve) => setTimeout(resolve, confirmMs));
  if (ours !== undefined && lstatSync(name, { throwIfNoEntry: false })?.ino === ours) return;
  // Closing a server removes the file of its name, which by now is the other one's.
  server.unref();
  throw new LockError('agent-already-running', `another agent is just being started in ${dirname(path)}`);
}

/** Whoever made the folder may have left it open. */
function closeToOthers(folder: string): void {
  try {
    if ((lstatSync(folder).mode & 0o077) !== 0) chmodSync(folder, 0o700);
  } catch {
    // Not ours: the socket itself is still its owner's alone, and readiness tells of the folder.
  }
}

function listen(server: Server, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(name, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function isAnswered(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(name);
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', () => resolve(false));
  });
}
