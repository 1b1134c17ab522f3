/**
 * Where things of an agent host lie (`<home>/agent/…`). Names only; imports nothing from npm.
 */
import { join } from 'node:path';

export interface AgentHome {
  /** `<home>/agent`. */
  readonly folder: string;
  readonly key: string;
  /** Who the agent is, and for whom: written once, at enrolment. */
  readonly identity: string;
  readonly consent: string;
  /** What the command line talks to; bound by the Agent Updater, so it is the lock as well. */
  readonly socket: string;
}

export function agentHome(home: string): AgentHome {
  const folder = join(home, 'agent');
  return {
    folder,
    key: join(folder, 'identity', 'key.pem'),
    identity: join(folder, 'identity', 'identity.json'),
    consent: join(folder, 'consent.yaml'),
    socket: join(folder, 'control.sock'),
  };
}

/** A component's folder, its slots and the link to the slot that runs. */
export function componentHome(home: string, component: string): { folder: string; current: string; state: string } {
  const folder = join(home, 'agent', component);
  return { folder, current: join(folder, 'current'), state: join(folder, 'state.db') };
}
