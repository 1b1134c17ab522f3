/**
 * What the kept metadata of the Image repository says of the releases that the last look offered: how large they are, what
 * they need, when they were published. It was verified when it was kept; this is for telling people, and nothing is
 * installed by it. Imports nothing from npm.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Needs } from '@springline/auto-upgrade/eligibility/readiness-facts';
import { ReleaseError } from '@springline/auto-upgrade/release/error';
import { type ComponentFacts, parseReleaseFacts } from '@springline/auto-upgrade/release/release-facts';
import type { JsonValue } from '@springline/tuf/canonical-json';
import { agentHome } from '../../home.ts';

const fileLimit = 64;
const totalLimitBytes = 16 * 1024 * 1024;

export interface OfferedRelease {
  readonly facts: ComponentFacts;
  readonly sha256: string;
  /** Of the archive, and of that of its runtime where it is known. */
  readonly lengthBytes: number;
  readonly runtime?: { readonly sha256: string; readonly lengthBytes: number };
  readonly needs?: Needs;
}

interface Listed {
  readonly path: string;
  readonly length: number;
  readonly sha256: string;
  readonly custom: JsonValue;
}

/** Those of `wanted` (digests of archives) that are found. Never throws; what cannot be read is not found. */
export function offeredReleases(home: string, wanted: readonly string[]): readonly OfferedRelease[] {
  if (wanted.length === 0) return [];
  const listed = [...listedTargets(join(agentHome(home).trust, 'image'))];
  return listed
    .filter(({ sha256 }) => wanted.includes(sha256))
    .flatMap((target) => {
      const facts = factsOf(target);
      if (facts === undefined) return [];
      const runtime = listed.find(({ path }) => path === facts.runtime);
      const needs = needsOf(target);
      return [
        {
          facts,
          sha256: target.sha256,
          lengthBytes: target.length,
          ...(runtime === undefined ? {} : { runtime: { sha256: runtime.sha256, lengthBytes: runtime.length } }),
          ...(needs === undefined ? {} : { needs: { by: `${facts.component} ${facts.version}`, ...needs } }),
        },
      ];
    });
}

function* listedTargets(folder: string): Generator<Listed> {
  let total = 0;
  for (const name of namesIn(folder)) {
    try {
      total += statSync(join(folder, name)).size;
      if (total > totalLimitBytes) return;
      const { signed } = Object(JSON.parse(readFileSync(join(folder, name), 'utf8'))) as { signed?: unknown };
      const { _type, targets } = Object(signed) as Record<string, unknown>;
      if (_type !== 'targets') continue;
      for (const [path, entry] of Object.entries(Object(targets) as Record<string, unknown>)) {
        const { length, hashes, custom } = Object(entry) as Record<string, unknown>;
        const { sha256 } = Object(hashes) as Record<string, unknown>;
        if (typeof sha256 !== 'string' || !Number.isSafeInteger(length)) continue;
        yield { path, length: length as number, sha256, custom: custom as JsonValue };
      }
    } catch {
      // Damaged or just being replaced: the trust gate says so.
    }
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder)
      .filter((name) => name.endsWith('.json'))
      .slice(0, fileLimit);
  } catch {
    return []; // Before the first look there is none.
  }
}

function factsOf({ path, custom }: Listed): ComponentFacts | undefined {
  try {
    const facts = parseReleaseFacts(path, custom);
    return facts.kind === 'component' ? facts : undefined;
  } catch (error) {
    if (error instanceof ReleaseError) return undefined;
    throw error;
  }
}

/** Least versions of what is on the host, where the release names some. */
function needsOf({ custom }: Listed): { readonly glibc?: string; readonly kernel?: string } | undefined {
  const { needs } = Object(custom) as Record<string, unknown>;
  const { glibc, kernel } = Object(needs) as Record<string, unknown>;
  const version = /^\d{1,5}(\.\d{1,5}){1,3}$/;
  return {
    ...(typeof glibc === 'string' && version.test(glibc) ? { glibc } : {}),
    ...(typeof kernel === 'string' && version.test(kernel) ? { kernel } : {}),
  };
}
