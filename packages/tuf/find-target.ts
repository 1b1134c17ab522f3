/** Which role of a repository vouches for a target (TUF 5.6.7), from what a refresh has verified. No I/O. */
import type { TrustedRepository } from './client/refresh.ts';
import { isTrustedWith } from './metadata/delegations.ts';
import type { TargetFile } from './metadata/targets.ts';

/** The verified targets of a repository. */
export type TargetSources = Pick<TrustedRepository, 'targets' | 'delegated' | 'refused'>;

export interface FoundTarget {
  /** `targets`, or the name of a delegated role. */
  readonly role: string;
  readonly target: TargetFile;
}

/**
 * The top-level targets first, then the delegated roles that are trusted with the path, in their order. An entry outside
 * the paths of its role counts nothing. A role that was refused is not passed over: what it says about its paths is not
 * known, and a later role must not speak in its place.
 *
 * @throws {TrustError} that of a refused role which is to be asked.
 */
export function findTarget({ targets, delegated, refused }: TargetSources, path: string): FoundTarget | undefined {
  const own = targets.targets.get(path);
  if (own !== undefined) return { role: 'targets', target: own };
  for (const role of targets.delegations?.roles ?? []) {
    if (!isTrustedWith(role, path)) continue;
    const refusal = refused.get(role.name);
    if (refusal !== undefined) throw refusal;
    const target = delegated.get(role.name)?.targets.get(path);
    if (target !== undefined) return { role: role.name, target };
    if (role.isTerminating) return undefined;
  }
  return undefined;
}
