/** The SHA-256 of the first roots of a home's own repositories: what its agents pin. */
import { createHash } from 'node:crypto';
import type { RootPins } from '@springline/agent/upgrader/trust-store';
import { firstRoot } from './first-root.ts';
import { keysHome, type RepositoryName } from './roles.ts';

/** @throws {KeyError} when the home has no keys. */
export function rootPins(home: string): RootPins {
  const pin = (repository: RepositoryName): string =>
    createHash('sha256')
      .update(firstRoot(keysHome(home), repository))
      .digest('hex');
  return { image: pin('image'), director: pin('director') };
}
