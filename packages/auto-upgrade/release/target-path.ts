/**
 * Where a release lies among the targets of a repository. The paths are fixed here and in no metadata: a Director can
 * choose between them and cannot make up new ones.
 */
import { ReleaseError } from './error.ts';
import { parseVersion } from './version.ts';

/** Everything that is upgraded by itself. */
export const components = [
  'connect-sync',
  'cloud-sync',
  'health-sync',
  'health-ad-ds',
  'health-ad-fs',
  'agent-updater',
] as const;
export type Component = (typeof components)[number];

export const platforms = ['linux-x64', 'linux-arm64', 'win-x64'] as const;
export type Platform = (typeof platforms)[number];

/** As releases call it; registrations have Node's word for it: `win32-x64` is `win-x64`. */
export function platformFromNode(platform: string): string {
  return platform.replace(/^win32/, 'win');
}

/** What the path of a component says. `version` is the text of the path, two to four numbers. */
export interface ComponentTarget {
  readonly kind: 'component';
  readonly component: Component;
  readonly version: string;
  readonly platform: Platform;
}

/** What the path of a runtime says. */
export interface RuntimeTarget {
  readonly kind: 'runtime';
  readonly version: string;
  readonly platform: Platform;
}

/** @throws {ReleaseError} `malformed-target-path` when a part is not one that releases have. */
export function componentTargetPath(target: { component: string; version: string; platform: string }): string {
  const { component, version, platform } = target;
  return wellFormed(`${component}/${version}/${component}-${version}-${platform}.tar`, 'component');
}

/** @throws {ReleaseError} `malformed-target-path` when a part is not one that releases have. */
export function runtimeTargetPath({ version, platform }: { version: string; platform: string }): string {
  return wellFormed(`runtime/node-${version}/node-${version}-${platform}.tar`, 'runtime');
}

const componentPath = new RegExp(`^(${components.join('|')})/([0-9.]+)/\\1-\\2-(${platforms.join('|')})\\.tar$`);
const runtimePath = new RegExp(`^runtime/node-([0-9.]+)/node-\\1-(${platforms.join('|')})\\.tar$`);

/** `undefined` for every path that the two functions above would not make. */
export function parseTargetPath(path: string): ComponentTarget | RuntimeTarget | undefined {
  const [, component, version, platform] = componentPath.exec(path) ?? [];
  const [, nodeVersion, nodePlatform] = runtimePath.exec(path) ?? [];
  if (!isVersion(version ?? nodeVersion)) return undefined;
  // The patterns admit only names of the lists.
  if (component !== undefined) {
    return { kind: 'component', component: component as Component, version: version!, platform: platform as Platform };
  }
  return { kind: 'runtime', version: nodeVersion!, platform: nodePlatform as Platform };
}

function isVersion(text: string | undefined): boolean {
  if (text === undefined) return false;
  try {
    parseVersion(text);
    return true;
  } catch (error) {
    if (error instanceof ReleaseError) return false;
    throw error;
  }
}

function wellFormed(path: string, kind: 'component' | 'runtime'): string {
  if (parseTargetPath(path)?.kind === kind) return path;
  throw new ReleaseError(
    'malformed-target-path',
    `no ${kind} can lie at ${JSON.stringify(path)}: components are ${components.join(', ')}; ` +
      `platforms are ${platforms.join(', ')}; versions are two to four numbers`,
  );
}
