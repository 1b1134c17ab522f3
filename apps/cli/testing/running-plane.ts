/** A control plane in this process, and the command line against its home. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { agentHome } from '@springline/agent/home';
import {
  type Cleanup,
  type RunningControlPlane,
  runControlPlane,
  type TestOptions,
} from '@springline/control-plane/testing/running-control-plane';
import { type Finished, runCli } from './running-up.ts';

export interface PlaneWithCli {
  readonly plane: RunningControlPlane;
  run(...words: readonly string[]): Promise<Finished>;
}

export async function planeWithCli(t: Cleanup, options: TestOptions = {}): Promise<PlaneWithCli> {
  const plane = await runControlPlane(t, options);
  const { identity } = agentHome(plane.home);
  mkdirSync(join(identity, '..'), { recursive: true });
  writeFileSync(identity, JSON.stringify({ url: plane.url }));
  return { plane, run: (...words) => runCli([...words, '--home', plane.home]) };
}
