/** A home that may be a scenario's: then a command lives at the scenario's time. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { enterHostScenario } from '@springline/agent/scenario';
import { enterScenario } from '@springline/ports/scenario';
import { keysHome, repositories, treeFolder } from '../release/roles.ts';

/**
 * Of a control plane or of a host. Does nothing in any other home. Where the home has keys their roots must be marked: the
 * tree belongs to the control plane, which must not set the clock of whoever signs. @throws {ScenarioError}
 */
export function enterHomeScenario(home: string): void {
  const own = repositories.map((repository) => keysHome(home).root(repository));
  const served = repositories.map((repository) => join(treeFolder(home), repository, 'metadata', '1.root.json'));
  if (existsSync(keysHome(home).folder)) enterScenario(home, own);
  else if (served.some((root) => existsSync(root))) enterScenario(home, served);
  else enterHostScenario(home);
}
