/**
 * How the Image repository is divided among roles, so that the key of one component can vouch for no other: a role for
 * each component, one for runtimes, and one for each component that recalls its builds. The top-level targets list
 * nothing but these. Pure.
 */
import { createHash } from 'node:crypto';
import {
  parseRecalls,
  type RecalledBuild,
  recallRole,
  recallsJson,
  recallTargetPath,
} from '@springline/auto-upgrade/release/recall-statement';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import { canonicalBytes } from '@springline/tuf/canonical-json';
import type { TargetFile } from '@springline/tuf/metadata/targets';
import type { Published } from '@springline/tuf/repository/publish';
import type { TargetMap } from './catalogue.ts';

/** What this version builds: their roles are there from the first day, those of others when they are first published. */
const builtComponents: readonly Component[] = ['agent-updater', 'connect-sync'];

/** Builds that were recalled, by component. */
export type RecallsByComponent = ReadonlyMap<string, readonly RecalledBuild[]>;

export interface ImageRole {
  readonly name: string;
  /** Patterns of the target paths that it is trusted with. */
  readonly paths: readonly string[];
}

const runtimeRole: ImageRole = { name: 'runtime', paths: ['runtime/*/*'] };

/** The roles that the Image repository delegates to, in a fixed order: for what is built, and for `further` components. */
export function imageRoles(further: Iterable<string> = []): readonly ImageRole[] {
  const wanted = new Set<string>([...builtComponents, ...further]);
  const published = components.filter((component) => wanted.has(component));
  return [
    ...published.map((name) => ({ name, paths: [`${name}/*/*`] })),
    runtimeRole,
    ...published.map((component) => ({ name: recallRole(component), paths: [recallTargetPath(component)] })),
  ];
}

/** Every role that can ever be delegated to. */
export function isImageRole(name: string): boolean {
  return imageRoles(components).some((role) => role.name === name);
}

/** All releases and runtimes, whichever role lists them: also those of a repository from before there were roles. */
export function imageTargets({ targets, delegated }: Pick<Published, 'targets' | 'delegated'>): TargetMap {
  const roles = [...(targets === undefined ? [] : [targets]), ...delegated.values()];
  const all = new Map(roles.flatMap((role) => [...role.targets]));
  for (const component of components) all.delete(recallTargetPath(component));
  return all;
}

/** What the recall roles say. @throws {ReleaseError} `malformed-recall`. */
export function recallsIn({ delegated }: Pick<Published, 'delegated'>): RecallsByComponent {
  const found = new Map<string, readonly RecalledBuild[]>();
  for (const component of components) {
    const entry = delegated.get(recallRole(component))?.targets.get(recallTargetPath(component));
    if (entry !== undefined) found.set(component, parseRecalls(component, entry.custom));
  }
  return found;
}

/** All builds of both; of two statements about one the stronger `stop`, and the instant of the first. */
export function joinedRecalls(a: RecallsByComponent, b: RecallsByComponent): RecallsByComponent {
  const joined = new Map<string, readonly RecalledBuild[]>();
  for (const component of new Set([...a.keys(), ...b.keys()])) {
    const builds = new Map<string, RecalledBuild>();
    for (const build of [...(a.get(component) ?? []), ...(b.get(component) ?? [])]) {
      const known = builds.get(build.sha256);
      const stop = known?.stop === 'running' ? 'running' : build.stop;
      builds.set(build.sha256, { ...build, stop, recalledAt: known?.recalledAt ?? build.recalledAt });
    }
    joined.set(component, [...builds.values()]);
  }
  return joined;
}

/** What each of `roles` is to list. A recall role always says something, be it that nothing is recalled. */
export function targetsByRole(
  roles: readonly ImageRole[],
  releases: TargetMap,
  recalls: RecallsByComponent,
): ReadonlyMap<string, TargetMap> {
  const byRole = new Map<string, Map<string, TargetFile>>(roles.map(({ name }) => [name, new Map()]));
  for (const [path, target] of releases) byRole.get(path.slice(0, path.indexOf('/')))?.set(path, target);
  for (const component of components) {
    const target = recallTarget(component, recalls.get(component) ?? []);
    byRole.get(recallRole(component))?.set(target.path, target);
  }
  return byRole;
}

/** TUF wants a length and a hash: those of the canonical form of what it says. Nobody downloads it. */
function recallTarget(component: string, builds: readonly RecalledBuild[]): TargetFile {
  const custom = recallsJson(component, builds);
  const bytes = canonicalBytes(custom);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path: recallTargetPath(component), length: bytes.length, hashes: new Map([['sha256', sha256]]), custom };
}

/** Whether two roles list the same. */
export function isSameListing(a: TargetMap, b: TargetMap): boolean {
  return a.size === b.size && [...a].every(([path, target]) => isSameTarget(target, b.get(path)));
}

function isSameTarget(a: TargetFile, b: TargetFile | undefined): boolean {
  if (a === b || b === undefined) return a === b;
  const text = ({ length, hashes, custom }: TargetFile): Uint8Array =>
    canonicalBytes(new Map<string, never>(Object.entries({ length, hashes, custom }) as [string, never][]));
  return Buffer.compare(text(a), text(b)) === 0;
}
