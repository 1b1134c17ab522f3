/**
 * Which built files make up which component, and how a release is broken on purpose to show a roll-back.
 *
 * A bundles folder holds one `<component>.mjs` for each component that was built, and further files that belong to one
 * of them. A file that nobody here knows is refused, so that a new one is not forgotten in its release.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { DeliberateBreak } from '@springline/auto-upgrade/release/release-facts';
import { type Component, components } from '@springline/auto-upgrade/release/target-path';
import { PublishError } from './error.ts';

/** Begins the first line of a scenario's example build, which no other home publishes. */
export const exampleMark = '// springline example build';

/** Files beside `<component>.mjs` that are released with it. */
const furtherFiles: Readonly<Partial<Record<Component, readonly string[]>>> = {
  'agent-updater': ['upgrader.mjs'],
};
/** Files that are installed once and never upgraded by this channel (security rule S10). */
const notReleased: ReadonlySet<string> = new Set(['launcher.mjs']);
const fileLimitBytes = 64 * 1024 * 1024;

/** Version of the form in which a component keeps its state: raised by a release that older ones cannot read. */
export const stateSchemas: Readonly<Record<Component, number>> = {
  'connect-sync': 3,
  'cloud-sync': 1,
  'health-sync': 1,
  'health-ad-ds': 1,
  'health-ad-fs': 1,
  'agent-updater': 1,
};

export interface BundleFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

export interface Bundle {
  readonly component: Component;
  readonly files: readonly BundleFile[];
}

/**
 * What is built in `folder`, in the order of the names.
 *
 * @param wanted only these components; default: all that are built.
 * @throws {PublishError} `release-source-unusable`, `release-component-unknown`.
 */
export function readBundles(folder: string, wanted?: readonly string[]): readonly Bundle[] {
  const names = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.mjs')) : [];
  const built = components.filter((component) => names.includes(`${component}.mjs`));
  const known = new Set(built.flatMap(filesOf));
  const stray = names.find((name) => !known.has(name) && !notReleased.has(name));
  if (built.length === 0) throw unusable(`${folder} holds no built component (<component>.mjs)`);
  if (stray !== undefined) throw unusable(`${join(folder, stray)} belongs to no component`);
  const unknown = wanted?.find((name) => !built.some((component) => component === name));
  if (unknown !== undefined) {
    throw new PublishError(
      'release-component-unknown',
      `there is no component ${unknown} to publish. Built are ${[...built].sort().join(', ')}.`,
    );
  }
  return built
    .filter((component) => wanted === undefined || wanted.includes(component))
    .sort()
    .map((component) => ({
      component,
      files: filesOf(component)
        .filter((name) => names.includes(name))
        .map((path) => readBundleFile(folder, path)),
    }));
}

/** An example build of a scenario. */
export function isExample({ files }: Bundle): boolean {
  const mark = Buffer.from(exampleMark);
  return files.some(({ bytes }) => mark.equals(bytes.subarray(0, mark.length)));
}

/** Soon after it was made active it crashes or hangs, or it refuses in its own preflight. */
export const breakages: readonly DeliberateBreak[] = ['crash', 'hang', 'preflight'];

/** The bundle with its main file broken. */
export function brokenBundle({ component, files }: Bundle, breakage: DeliberateBreak): Bundle {
  const main = `${component}.mjs`;
  const prefix = Buffer.from(breakageCode(breakage));
  return {
    component,
    files: files.map(({ path, bytes }) => ({ path, bytes: path === main ? Buffer.concat([prefix, bytes]) : bytes })),
  };
}

/**
 * Runs before the program's own statements, on hosts for which `where` (an expression) holds. Messages are watched on their way and not listened to: a listener of ours
 * would take those that Node keeps for the program until it listens.
 */
export function breakageCode(
  breakage: DeliberateBreak,
  where = 'true',
  reason = `this release was broken on purpose (--break ${breakage})`,
): string {
  const label = JSON.stringify(reason);
  if (breakage === 'preflight') {
    return `if(${where}&&process.argv.includes('--preflight')){process.stderr.write(${label}+'\\n');process.exit(1)}\n`;
  }
  const act = {
    crash: `throw new Error(${label})`,
    hang: 'Atomics.wait(new Int32Array(new SharedArrayBuffer(4)),0,0)',
  }[breakage];
  return `if(${where}&&!process.argv.includes('--preflight')){
const arm=()=>{setTimeout(()=>{${act}},50)},emit=process.emit;let armed=false;
process.emit=function(name,message,...rest){if(name==='message'&&message?.type==='activate'&&!armed){armed=true;arm()}return emit.call(this,name,message,...rest)};
if(!process.argv.includes('--warm')){armed=true;arm()}
}\n`;
}

function filesOf(component: Component): readonly string[] {
  return [`${component}.mjs`, ...(furtherFiles[component] ?? [])];
}

function readBundleFile(folder: string, path: string): BundleFile {
  const file = join(folder, path);
  if (statSync(file).size > fileLimitBytes) throw unusable(`${file} is longer than ${fileLimitBytes} bytes`);
  return { path, bytes: readFileSync(file) };
}

function unusable(why: string): PublishError {
  return new PublishError('release-source-unusable', `${why}. Give the folder of a clone, or one with built bundles.`);
}
