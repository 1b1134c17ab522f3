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
  /** What the next heartbeat presents, so that a copy of this home is found out (rule S16). */
  readonly continuation: string;
  readonly consent: string;
  /** What the command line talks to; bound by the Agent Updater, so it is the lock as well. */
  readonly socket: string;
  /** What is trusted of both repositories, and what never falls; in no slot, backup or restore (rule S9). */
  readonly trust: string;
  /** One line per step of every upgrade. */
  readonly journal: string;
  /** Enabled or Disabled, and how often to look; a person's. */
  readonly autoUpgrade: string;
  /** Downloads, blocked builds, reports to send. */
  readonly upgrade: string;
  /** Runtimes by the SHA-256 of their signed tar, shared by components. */
  readonly runtime: string;
}

export function agentHome(home: string): AgentHome {
  const folder = join(home, 'agent');
  return {
    folder,
    key: join(folder, 'identity', 'key.pem'),
    identity: join(folder, 'identity', 'identity.json'),
    continuation: join(folder, 'identity', 'continuation.json'),
    consent: join(folder, 'consent.yaml'),
    socket: join(folder, 'control.sock'),
    trust: join(folder, 'trust'),
    journal: join(folder, 'journal'),
    autoUpgrade: join(folder, 'auto-upgrade.json'),
    upgrade: join(folder, 'upgrade'),
    runtime: join(folder, 'runtime'),
  };
}

export interface ComponentHome {
  /** Holds the slots. */
  readonly folder: string;
  /** The link to the slot that runs. */
  readonly current: string;
  readonly state: string;
  /** Lies there from when an earlier state was put back until the component has noted that it must import first. */
  readonly restored: string;
}

export function componentHome(home: string, component: string): ComponentHome {
  const folder = join(home, 'agent', component);
  const state = join(folder, 'state.db');
  return { folder, current: join(folder, 'current'), state, restored: `${state}.restored` };
}
