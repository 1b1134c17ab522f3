/**
 * `springline agent resolve-conflict`: lets an agent export again after the second host with its identity was stopped
 * (rule S16). The host that is heard next goes on; if both still run, they are found out again.
 */
import { existsSync } from 'node:fs';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import type { AgentView } from '@springline/api/shapes/agent';
import type { Command } from 'commander';
import { callControlPlane } from '../control-plane-client.ts';
import { homeCommand } from '../home-command.ts';
import { CommandError, oneLine, relativeTime } from '../output.ts';
import { findAgent } from './agent-wish.ts';
import { type Changing, type Place, placeOf, say } from './person.ts';

export function registerResolveConflict(agent: Command): void {
  homeCommand(agent, 'resolve-conflict', 'let an agent export again after its second host was stopped', [
    'agent resolve-conflict sync-1.contoso.example --dry-run',
    'agent resolve-conflict 0192d4e0',
  ])
    .argument('[agent]', 'its agent id, the beginning of it, or its host name; the agent of this home without')
    .option('--dry-run', 'say what would be done, change nothing')
    .action(resolve);
}

async function resolve(name: string | undefined, { home, json, dryRun }: Changing): Promise<void> {
  const place = placeOf(home);
  const { id, hostName, conflictedSince } = await agentOf(place, name);
  const who = { agentId: id, hostName };
  const host = `${oneLine(hostName)} (${id})`;
  if (conflictedSince === undefined) return say(json, { ...who, resolved: false }, `${host} is in no conflict`);
  const since = `two hosts used it, found out ${relativeTime(conflictedSince)}`;
  if (dryRun === true) {
    const words = `would let ${host} export again: ${since}. Stop the second host first.`;
    return say(json, { ...who, conflictedSince, dryRun: true }, words);
  }
  await callControlPlane(place, 'resolveAgentConflict', undefined, { params: { agentId: id } });
  const words = `${host} may export again: ${since}. If both hosts still run, they are found out within a minute.`;
  return say(json, { ...who, conflictedSince, resolved: true }, words);
}

/** @throws {CommandError} when no name is given and this home has no agent. */
async function agentOf(place: Place, name: string | undefined): Promise<AgentView> {
  if (name !== undefined) return findAgent(place, name);
  const paths = agentHome(place.home);
  const identity = existsSync(paths.identity) ? loadIdentity(paths) : undefined;
  if (identity !== undefined) return findAgent(place, identity.agentId);
  throw new CommandError('this home has no agent. Say which: springline agent resolve-conflict AGENT', 2);
}
