/**
 * The control plane's process:
 * `node apps/control-plane/main.ts --home DIR --port N [--host ADDRESS] [--portal DIR] [--public-url URL]`.
 * Exit codes: 0 stopped, 1 failed (one sentence on standard error), 2 misused.
 */
import { join } from 'node:path';
import { systemClock } from '@springline/ports/clock';
import { systemRandom } from '@springline/ports/random';
import { enterScenario, scenarioOf } from '@springline/ports/scenario';
import { type Config, ConfigError, parseConfig } from './config.ts';
import { type ControlPlane, startControlPlane } from './control-plane.ts';
import { directoryPart } from './directory-part.ts';
import { events } from './events.ts';
import { pinoLog } from './log.ts';
import { sentenceForStartFailure } from './start-failure.ts';

/** Everything this process makes is its owner's alone. */
process.umask(0o077);
const log = pinoLog('warn');

try {
  await serve(parseConfig(process.argv.slice(2)));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  fail(error.message, 2);
}

async function serve(config: Config): Promise<void> {
  let controlPlane: ControlPlane;
  try {
    const isReplay = enterScenario(config.home, firstRoots(config)) !== undefined;
    const scenario = isReplay ? scenarioOf(firstRoots(config)[0]!) : undefined;
    const world = {
      ...{ clock: systemClock, random: systemRandom, log, directory: directoryPart },
      ...(scenario === undefined ? {} : { scenario }),
    };
    controlPlane = await startControlPlane(config, world);
  } catch (error) {
    const sentence = sentenceForStartFailure(error, config);
    if (sentence === undefined) throw error;
    fail(sentence, 1);
  }
  stopOnRequest(controlPlane);
  void controlPlane.lost.then((error) => {
    log.error(events.storeLost, { code: error.code });
    fail(error.message, 1);
  });
  log.info(events.started, { url: controlPlane.url });
  process.send?.({ type: 'ready', url: controlPlane.url });
}

/** Stops once, on the first of: SIGTERM, SIGINT, the end of the parent (where there was one with a channel). */
function stopOnRequest(controlPlane: ControlPlane): void {
  let stopping = false;
  const stop = (): void => {
    if (stopping) return;
    stopping = true;
    controlPlane.close().then(
      () => process.exit(0),
      (error: unknown) => fail(`stopped with an error: ${(error as Error).message}`, 1),
    );
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.on(signal, stop);
  if (process.send !== undefined) process.on('disconnect', stop);
}

/** Of the repositories that this home serves. */
function firstRoots({ home }: Config): readonly string[] {
  const folder = join(home, 'control-plane', 'repository');
  return ['image', 'director'].map((repository) => join(folder, repository, 'metadata', '1.root.json'));
}

function fail(sentence: string, exitCode: 1 | 2): never {
  process.stderr.write(`springline control plane: ${sentence}\n`);
  process.exit(exitCode);
}
