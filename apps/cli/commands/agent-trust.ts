/** `springline agent trust show`: what this host believes, for two people to compare. */
import { resolve } from 'node:path';
import { agentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import {
  metadataStore,
  releaseNumberFloors,
  repositoryNames,
  trustedPins,
} from '@springline/agent/upgrader/trust-store';
import { systemClock } from '@springline/ports/clock';
import { loadTrusted } from '@springline/tuf/client/refresh';
import type { Command } from 'commander';
import { CommandError, print, printJson, relativeTime, table } from '../output.ts';

export function registerTrust(agent: Command): void {
  agent
    .command('trust')
    .description('what this host trusts')
    .command('show')
    .description(
      'pinned roots, trusted versions of both repositories with their expiry, release numbers that never fall',
    )
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  springline agent trust show\n  springline agent trust show --json')
    .action(({ home, json }: { home: string; json?: boolean }) => {
      const found = trustOf(resolve(home));
      if (json === true) printJson(found);
      else print(describe(found));
    });
}

interface TrustedRole {
  readonly role: string;
  readonly version: number;
  readonly expires: string;
}

interface Trust {
  readonly controlPlaneKey: string | undefined;
  readonly repositories: readonly {
    readonly repository: string;
    readonly pinnedRootSha256: string;
    readonly profile: string;
    readonly roles: readonly TrustedRole[];
  }[];
  readonly releaseNumbers: Readonly<Record<string, number>>;
}

/** @throws {CommandError} when this host trusts nothing yet; @throws {TrustError} when what it trusts is damaged. */
function trustOf(home: string): Trust {
  const pins = trustedPins(home);
  if (pins === undefined)
    throw new CommandError(`no agent is installed in ${home}. Install it: springline up --home ${home}`);
  const repositories = repositoryNames.map((repository) => {
    const trusted = loadTrusted({ store: metadataStore(home, repository), now: systemClock.now() });
    const profile = trusted.root?.extra.get('x-springline-profile');
    const top = (['root', 'timestamp', 'snapshot', 'targets'] as const).map((role) => [role, trusted[role]] as const);
    const roles = [...top, ...trusted.delegated].flatMap(([role, metadata]) => {
      return metadata === undefined
        ? []
        : [{ role, version: metadata.version, expires: new Date(metadata.expires).toISOString() }];
    });
    return {
      repository,
      pinnedRootSha256: pins[repository],
      profile: typeof profile === 'string' ? profile : 'none',
      roles,
    };
  });
  return {
    controlPlaneKey: loadIdentity(agentHome(home))?.controlPlane.keyId,
    repositories,
    releaseNumbers: Object.fromEntries(releaseNumberFloors(home)),
  };
}

function describe({ controlPlaneKey, repositories, releaseNumbers }: Trust): string {
  return [
    `control plane key  ${controlPlaneKey ?? 'not enrolled'}`,
    ...repositories.flatMap(({ repository, pinnedRootSha256, profile, roles }) => [
      '',
      `${repository} repository`,
      `  pinned root  ${pinnedRootSha256}`,
      `  key profile  ${profile}`,
      ...table([
        ['  ROLE', 'VERSION', 'EXPIRES'],
        ...roles.map(({ role, version, expires }) => [`  ${role}`, String(version), relativeTime(expires)]),
      ]).split('\n'),
    ]),
    '',
    `release numbers    ${
      Object.entries(releaseNumbers)
        .map(([component, number]) => `${component} ${number}`)
        .join(', ') || 'none kept yet'
    }; nothing with a lower one is installed`,
  ].join('\n');
}
