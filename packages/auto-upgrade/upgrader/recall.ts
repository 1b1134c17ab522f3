/**
 * What is recalled of one component: by the Image repository now, and by what this host learnt before. A statement must
 * be there, be young, and hold all that was ever recalled; otherwise nothing of the component is installed, because
 * whoever keeps it back may keep a recall back (rule S20). What runs goes on.
 */
import type { EpochMs } from '@springline/ports/clock';
import { TrustError } from '@springline/tuf/error';
import { findTarget, type TargetSources } from '@springline/tuf/find-target';
import { ReleaseError } from '../release/error.ts';
import {
  parseRecalls,
  type RecalledBuild,
  recalledBuildsLimit,
  recallLifeMs,
  recallRole,
  recallTargetPath,
} from '../release/recall-statement.ts';

/** Recalled builds by SHA-256. */
export type Recalls = ReadonlyMap<string, RecalledBuild>;

export interface RecallStanding {
  /** All that is recalled, by the repository or before. Holds also when there is a refusal. */
  readonly builds: Recalls;
  /** Why nothing of the component may be installed now. `code` is stable. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

/**
 * @param known what this host was told of before; it never shrinks.
 * @param now as good as the host knows it: older statements than `recallLifeMs` do not count.
 */
export function recallsOf(image: TargetSources, component: string, known: Recalls, now: EpochMs): RecallStanding {
  try {
    const role = recallRole(component);
    const found = findTarget(image, recallTargetPath(component));
    const signedAt = image.delegated.get(role)?.signedAt;
    if (found?.role !== role) return refused(known, 'recall-missing', `the Image repository has no ${role}`);
    if (signedAt === undefined || now - signedAt > recallLifeMs) {
      return refused(known, 'recall-expired', `${role} was signed more than 30 days ago`);
    }
    const listed = parseRecalls(component, found.target.custom);
    const builds = union(known, listed);
    // Only a statement that lacks some of what was known can lead beyond the limit.
    const kept = builds.size > recalledBuildsLimit ? known : builds;
    const stated = new Map(listed.map((build) => [build.sha256, build]));
    for (const { sha256, version, stop } of known.values()) {
      const still = stated.get(sha256);
      if (still !== undefined && (still.stop === stop || still.stop === 'running')) continue;
      return refused(kept, 'recall-shrunk', `${role} does not recall ${version} any more, which it did before`);
    }
    return { builds };
  } catch (error) {
    if (!(error instanceof TrustError || error instanceof ReleaseError)) throw error;
    const ours = { 'metadata-expired': 'recall-expired', 'metadata-missing': 'recall-missing' } as const;
    const code = Object.hasOwn(ours, error.code) ? ours[error.code as keyof typeof ours] : error.code;
    return { builds: known, refusal: { code, message: error.message } };
  }
}

type RecallCode = 'recall-missing' | 'recall-expired' | 'recall-shrunk';

function refused(builds: Recalls, code: RecallCode, message: string): RecallStanding {
  return { builds, refusal: { code, message } };
}

/** Of two statements about one build the stronger counts. */
function union(known: Recalls, listed: readonly RecalledBuild[]): Recalls {
  const all = new Map(known);
  for (const build of listed) if (all.get(build.sha256)?.stop !== 'running') all.set(build.sha256, build);
  return all;
}
