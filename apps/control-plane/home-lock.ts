/**
 * One control plane per home: a bound Unix socket that answers with the process id. A socket left behind by a kill
 * answers nobody and is taken over. Looking and taking over happen under a lock of the kernel's, so that of two that
 * start at once exactly one goes on.
 */
import { closeSync, openSync, rmSync } from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { withFileLock } from './storage/sqlite/file-lock.ts';

const socketName = 'lock.sock';
/** `sun_path` of Linux has 108 bytes with its end; macOS has 104. */
const socketPathLimit = 100;
const probeMs = 2_000;
const startingMs = 10_000;

export class HomeLockError extends Error {
  override readonly name = 'HomeLockError';
  readonly code: 'home-in-use' | 'home-path-too-long';

  constructor(code: HomeLockError['code'], message: string) {
    super(message);
    this.code = code;
  }
}

export interface HomeLock {
  release(): Promise<void>;
}

/**
 * Holds `folder` (`<home>/control-plane`, which exists) until released or the process ends.
 *
 * @throws {HomeLockError} `home-in-use`, `home-path-too-long`.
 * @throws {StorageError} when the lock file cannot be written.
 */
export async function lockHome(folder: string): Promise<HomeLock> {
  const { path, release } = socketPath(folder);
  try {
    const server = await withFileLock(join(folder, 'lock.guard'), startingMs, () => takeSocket(path, folder));
    return {
      async release() {
        await new Promise((resolve) => server.close(resolve));
        release();
      },
    };
  } catch (error) {
    release();
    throw error;
  }
}

async function takeSocket(path: string, folder: string): Promise<Server> {
  const holder = await askHolder(path);
  if (holder !== undefined) {
    throw new HomeLockError(
      'home-in-use',
      `another control plane (process ${holder}) runs on ${folder}; stop it first, or choose another --home`,
    );
  }
  rmSync(join(folder, socketName), { force: true });
  const server = createServer((socket) => {
    // Whoever asks may hang up before the answer; that is no reason to stop.
    socket.on('error', () => socket.destroy());
    socket.end(String(process.pid));
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  return server.unref();
}

/** The process id of who is behind the socket, or `unknown`; undefined when nobody is. */
function askHolder(path: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(path);
    socket.setEncoding('utf8');
    socket.setTimeout(probeMs, () => {
      // Bound, but too busy or stopped to answer: it holds the home all the same.
      socket.destroy();
      resolve('unknown');
    });
    socket.on('data', (text: string) => {
      answer = (answer + text).slice(0, 20);
    });
    socket.on('error', () => resolve(undefined));
    socket.on('close', (failed) => {
      if (!failed) resolve(answer === '' ? 'unknown' : answer);
    });
  });
}

/** A path short enough for the kernel: through an open folder where the real one is too long. */
function socketPath(folder: string): { readonly path: string; release(): void } {
  const path = join(folder, socketName);
  if (Buffer.byteLength(path) <= socketPathLimit) return { path, release: () => {} };
  if (process.platform !== 'linux') {
    throw new HomeLockError('home-path-too-long', `the path of ${folder} is too long; choose a shorter --home`);
  }
  const handle = openSync(folder, 'r');
  return { path: `/proc/self/fd/${handle}/${socketName}`, release: () => closeSync(handle) };
}
