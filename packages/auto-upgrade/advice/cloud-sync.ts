/**
 * Whether a move to Cloud Sync is worth a thought. The wizard that answers it for one estate (EvaluateSyncOptions) is not
 * part of this version, and neither is a Cloud Sync agent of ours: only the published limits and what is known of the
 * servers are held against each other, and the rest is said to be unknown.
 */
import type { AdvisedServer } from './facts.ts';

export interface CloudSyncAdvice {
  readonly isWizardBuilt: false;
  readonly isAgentBuilt: false;
  readonly limits: typeof cloudSyncLimits;
  /** Connect Sync servers by the number of their objects. */
  readonly withinLimit: number;
  readonly aboveLimit: number;
  readonly objectsUnknown: number;
  /** Any one of these keeps a server on Connect Sync. */
  readonly staysIf: readonly string[];
  /** These speak for a move. */
  readonly movesIf: readonly string[];
}

/** Published for Microsoft Entra Cloud Sync. */
export const cloudSyncLimits = { objectsPerDomain: 150_000, groupMembers: 50_000 } as const;

export function cloudSyncAdvice(servers: readonly AdvisedServer[]): CloudSyncAdvice {
  const counts = servers.filter(({ component }) => component === 'connect-sync').map(({ objectCount }) => objectCount);
  const known = counts.filter((count) => count !== undefined);
  const within = known.filter((count) => count <= cloudSyncLimits.objectsPerDomain).length;
  return {
    ...{ isWizardBuilt: false, isAgentBuilt: false, limits: cloudSyncLimits, withinLimit: within },
    ...{ aboveLimit: known.length - within, objectsUnknown: counts.length - known.length },
    staysIf: [
      'more than 150,000 objects in one domain, or groups of more than 50,000 members',
      'a source other than Active Directory, such as LDAP or SQL',
      'rules beyond expressions, or a filter by the value of an attribute',
      'one user put together from several forests, references between forests, or mailboxes in a forest of their own',
      'device writeback, pass-through authentication managed by Connect Sync, or a staging server that must stay',
    ],
    movesIf: [
      'forests that do not reach each other',
      'several active agents instead of a staging server',
      'configuration kept online instead of on the server',
    ],
  };
}
