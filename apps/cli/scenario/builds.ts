/**
 * Example builds: our own Connect Sync under the version numbers of a scenario. Each says in its first line what it is; no
 * home but a scenario's publishes it.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakageCode, exampleMark } from '../release/bundles.ts';
import type { ScenarioRelease } from './files.ts';

const program = 'connect-sync.mjs';

/**
 * Writes the bundles of `release` below `folder` and gives their folder.
 *
 * @param built the folder with our own bundles.
 */
export function exampleBuild(built: string, folder: string, release: ScenarioRelease, banner: string): string {
  const into = join(folder, release.version);
  mkdirSync(into, { recursive: true, mode: 0o700 });
  const head = `${exampleMark} ${release.version}: ${banner}\n`;
  writeFileSync(
    join(into, program),
    Buffer.concat([Buffer.from(head + failure(release)), readFileSync(join(built, program))]),
  );
  return into;
}

/** The Agent Updater as it is: scenarios tell of the other components. */
export function updaterBuild(built: string, folder: string): string {
  const into = join(folder, 'agent-updater');
  mkdirSync(into, { recursive: true, mode: 0o700 });
  for (const name of ['agent-updater.mjs', 'upgrader.mjs'])
    writeFileSync(join(into, name), readFileSync(join(built, name)));
  return into;
}

/** On one host it ends soon after it was made active; its trial of itself goes well. */
function failure({ failsOn, version }: ScenarioRelease): string {
  if (failsOn === undefined) return '';
  const where = `process.argv[2]?.endsWith(${JSON.stringify(`/${failsOn}`)})`;
  return breakageCode('crash', where, `the example build ${version} does not work on ${failsOn}`);
}
