/** `springline agent …`: the agent of this host. */
import type { Command } from 'commander';
import { type AgentStatus, agentStatus } from '../agent-client.ts';
import { print, printJson, relativeTime, table } from '../output.ts';
import { registerAutoUpgrade, stateWords } from './agent-auto-upgrade.ts';
import { registerEnrolmentString } from './agent-enrolment-string.ts';
import { registerAgentInstall } from './agent-install.ts';
import { registerAgentMigrate } from './agent-migrate.ts';
import { registerResolveConflict } from './agent-resolve-conflict.ts';
import { registerAgentRun } from './agent-run.ts';
import { registerTrust } from './agent-trust.ts';
import { registerAgentUpgrade } from './agent-upgrade.ts';
import { registerWish } from './agent-wish.ts';

export function registerAgent(program: Command): void {
  const agent = program.command('agent').description('the agent of this host');
  registerAgentInstall(agent);
  registerAgentRun(agent);
  registerAgentMigrate(agent);
  registerEnrolmentString(agent);
  registerAutoUpgrade(agent);
  registerAgentUpgrade(agent);
  registerTrust(agent);
  registerWish(agent);
  registerResolveConflict(agent);
  agent
    .command('status')
    .description('components with version and state, and the contact to the control plane')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline agent status
  springline agent status --json | jq '.components[] | {component, version, state}'`,
    )
    .action(async ({ home, json }: { home: string; json?: boolean }) => {
      const status = await agentStatus(home);
      if (json === true) printJson(status);
      else print(describe(status));
    });
}

function describe({ agentId, controlPlane, components, sync, autoUpgrade }: AgentStatus): string {
  const rows = components.map(({ component, version, state, since, rssBytes, detail }) => [
    component,
    version,
    state,
    relativeTime(since),
    rssBytes === undefined ? '' : `${Math.round(rssBytes / 1e6)} MB`,
    detail ?? '',
  ]);
  return [
    `agent          ${agentId ?? 'not enrolled'}`,
    ...(controlPlane.conflictedSince === undefined
      ? []
      : ['conflict       two hosts use this identity, so neither exports: springline agent resolve-conflict --help']),
    `control plane  ${controlPlane.url ?? '-'} ${controlPlane.state ?? ''}${controlPlane.detail === undefined ? '' : `: ${controlPlane.detail}`}`,
    ...(sync === undefined
      ? []
      : [`last sync      ${relativeTime(sync.lastCycle?.endedAt)}, ${sync.lastCycle?.result ?? 'none yet'}`]),
    ...(autoUpgrade === undefined ? [] : [`auto-upgrade   ${stateWords(autoUpgrade)}`]),
    '',
    table([['COMPONENT', 'VERSION', 'STATE', 'SINCE', 'MEMORY', ''], ...rows]),
  ].join('\n');
}
