/** Why the control plane did not start, as one sentence that says what to do. */
import { ScenarioError } from '@springline/ports/scenario';
import type { Config } from './config.ts';
import { HomeLockError } from './home-lock.ts';
import { PortalError } from './http/portal.ts';
import { KeyFileError } from './keys.ts';
import { NoticeKeyError } from './notices/seal.ts';
import { AdminTokenError } from './platform/admin-token.ts';
import { StorageError } from './storage/storage-error.ts';

const explained = [
  StorageError,
  HomeLockError,
  KeyFileError,
  NoticeKeyError,
  AdminTokenError,
  PortalError,
  ScenarioError,
] as const;

/** By the code of the system's error. */
const sentences: Readonly<Record<string, (config: Config, path: string) => string>> = {
  EADDRINUSE: ({ port }) => `port ${port} is in use; stop the other program, or choose another --port`,
  EADDRNOTAVAIL: ({ host }) => `this machine has no address ${host}; choose another --host`,
  ENOTFOUND: ({ host }) => `the name ${host} is not known here; choose another --host`,
  EACCES: (_, path) => `no right to use ${path}; check its owner and mode`,
  EPERM: (_, path) => `no right to use ${path}; check its owner and mode`,
  EROFS: (_, path) => `${path} is on a read-only file system; choose another --home`,
  ENOTDIR: (_, path) => `${path} is no folder; choose another --home`,
  EEXIST: (_, path) => `${path} is no folder; choose another --home`,
  EISDIR: (_, path) => `${path} is a folder where a file belongs; move it away`,
  ENOSPC: (_, path) => `no space left for ${path}; free disk space`,
  EDQUOT: (_, path) => `no space left for ${path}; free disk space`,
};

/** Undefined for a fault of ours. */
export function sentenceForStartFailure(error: unknown, config: Config): string | undefined {
  if (explained.some((kind) => error instanceof kind)) return (error as Error).message;
  const { code, path, syscall } = error as NodeJS.ErrnoException;
  if (code === undefined) return undefined;
  if (code === 'EACCES' && syscall === 'listen') {
    return `no right to listen on port ${config.port}; choose a --port above 1023`;
  }
  return sentences[code]?.(config, path ?? config.home);
}
