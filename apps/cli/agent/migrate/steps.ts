/**
 * The steps of a migration: what each state of the table does, and those before and between the change of hands. Each
 * looks at what is, does what is missing and looks again, so that it may be begun anew after a kill.
 */
import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { setTimeout as wait } from 'node:timers/promises';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import { loadStaging } from '@springline/agent/staging';
import type { StagingView } from '@springline/api/shapes/sync';
import { callConnectSync } from '../../agent-client.ts';
import { CommandError, oneLine } from '../../output.ts';
import { type Comparison, compare, comparisonText, requireAccepted } from './comparison.ts';
import { configurationOf, installBeside } from './install-beside.ts';
import type { OldServer } from './journal.ts';
import { identityOf, isAnswering, runToEnd, stagingOf } from './server.ts';
import type { MigrationState } from './states.ts';
import { demoting, goingBack, promoting, retiring, verifying } from './take-over.ts';
import { type MigrationPlan, type MigrationWorld, type Passed, requireNoThird, type Say, type Step } from './world.ts';

const pollMs = 500;
const readyWithinMs = 60_000;

export const steps: Record<Exclude<MigrationState, 'done'>, Step> = {
  installing,
  synchronising,
  comparing,
  demoting,
  rechecking,
  promoting,
  'going-back': goingBack,
  verifying,
  retiring,
};

/**
 * Who exported before: the server of the old home, or whoever holds the lease.
 *
 * @throws {CommandError} when the old home is no other server of the same control plane.
 */
export async function findOld({ home, oldHome }: MigrationPlan): Promise<OldServer | undefined> {
  const own = loadIdentity(agentHome(home));
  if (oldHome === undefined) {
    const { lease } = await stagingOf(home);
    if (lease === null) return undefined;
    if (lease.agent === own?.agentId) throw exportsAlready(home);
    return { agentId: lease.agent, hostName: lease.holder };
  }
  const old = identityOf(oldHome);
  if (own !== undefined && own.agentId === old.agentId) {
    throw new CommandError(
      `${home} is a copy of ${oldHome}: one identity cannot be two servers. Remove ${home}/agent.`,
      2,
    );
  }
  if (own !== undefined && (own.tenantId !== old.tenantId || own.controlPlane.keyId !== old.controlPlane.keyId)) {
    throw new CommandError(`${home} and ${oldHome} are enrolled with different control planes or tenants`);
  }
  const wasStaging = loadStaging(oldHome).staging;
  return { agentId: old.agentId, hostName: hostname(), home: oldHome, ...(wasStaging ? { wasStaging } : {}) };
}

export function exportsAlready(home: string): CommandError {
  return new CommandError(
    `the server of ${home} exports already: there is nothing to migrate. See: springline sync staging --home ${home}`,
  );
}

async function installing(world: MigrationWorld, say: Say): Promise<Passed> {
  const { plan, journal } = world;
  const { home, oldHome, connector } = plan;
  if (loadIdentity(agentHome(home)) === undefined || !isConfigured(plan)) {
    if (oldHome === undefined) throw notInstalled(home);
    await installBeside(
      { home, oldHome, place: requirePlace(world), ...(connector === undefined ? {} : { connector }) },
      say,
    );
  }
  await ready(world, say);
  const view = await stagingOf(home);
  if (!view.staging) {
    throw new CommandError(
      `the server of ${home} does not stage; it must not export beside the old one. First: springline sync staging demote --home ${home}`,
    );
  }
  requireNoThird(view, identityOf(home).agentId, journal.old);
  if (oldHome !== undefined && view.lease === null && (await isAnswering(oldHome))) {
    // Its lease is that of its source: if the new server does not see it, they have no source in common.
    const { lease } = await stagingOf(oldHome);
    if (lease !== null && (await stagingOf(home)).lease === null) throw notBeside(home, oldHome);
  }
  return { words: `${home} stages; ${exporterWords(view, journal.old)}` };
}

/**
 * Sees to it that the new server answers. One that was started by a command that was killed ends by itself, and may
 * still answer meanwhile.
 *
 * @throws {CommandError} with its last words.
 */
export async function ready({ plan: { home }, run }: MigrationWorld, say: Say): Promise<void> {
  const deadline = performance.now() + readyWithinMs;
  for (;;) {
    try {
      await run(say);
      await callConnectSync(home, 'status');
      return;
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await wait(pollMs);
  }
}

/** Without a configuration it reads nothing; an old home says what it is to read. */
function isConfigured({ home, oldHome }: MigrationPlan): boolean {
  return oldHome === undefined || existsSync(configurationOf(home));
}

async function synchronising({ plan: { home } }: MigrationWorld, say: Say): Promise<Passed> {
  say('reading everything');
  const { number, result } = await runToEnd(home, true);
  return { words: `cycle ${number}, ${result}` };
}

async function comparing(world: MigrationWorld, say: Say): Promise<Passed> {
  const comparison = await compareNow(world, say);
  requireAccepted(comparison, world.plan);
  return { words: comparisonText(comparison) };
}

/** Both at the same state, as far as they can be: the old one exports first what it has, and the new one reads it. */
async function compareNow(world: MigrationWorld, say: Say): Promise<Comparison> {
  const { home } = world.plan;
  const oldHome = await answeringOldHome(world);
  if (oldHome !== undefined) {
    say('a cycle of the old server');
    await runToEnd(oldHome, false);
  }
  say('a cycle of the new server');
  await runToEnd(home, false);
  say('object by object');
  const comparison = await compare(home, oldHome);
  world.compared(comparison);
  return comparison;
}

/** The old server exports nothing any more: what is found now is what the new one will do. */
async function rechecking(world: MigrationWorld, say: Say): Promise<Passed> {
  const comparison = await compareNow(world, say);
  requireAccepted(comparison, world.plan);
  return { words: comparisonText(comparison), expected: comparison.expected };
}

async function answeringOldHome({ journal: { old } }: MigrationWorld): Promise<string | undefined> {
  return old?.home !== undefined && (await isAnswering(old.home)) ? old.home : undefined;
}

function exporterWords({ lease }: StagingView, old: OldServer | undefined): string {
  if (lease === null) return 'nobody exports now';
  return `${oneLine(lease.holder)} exports${lease.agent === old?.agentId ? '' : ', an unknown server'}`;
}

function requirePlace(world: MigrationWorld): NonNullable<ReturnType<MigrationWorld['place']>> {
  const place = world.place();
  if (place !== undefined) return place;
  throw new CommandError(
    'to install the new server, an administrator is needed: name a file with their token in SPRINGLINE_TOKEN_FILE, or install it by springline agent install --staging',
  );
}

function notInstalled(home: string): CommandError {
  return new CommandError(
    `no agent is enrolled in ${home}. Make an enrolment string by springline agent enrolment-string create --beside CONNECTOR, and install it: springline agent install --staging --home ${home} --enrolment-string-file FILE. Where the old home is on this host, --old-home does both.`,
  );
}

function notBeside(home: string, oldHome: string): CommandError {
  return new CommandError(
    `${home} was not enrolled beside ${oldHome}: it would create every object a second time. Enrol it anew: springline agent enrolment-string create --beside CONNECTOR`,
  );
}
