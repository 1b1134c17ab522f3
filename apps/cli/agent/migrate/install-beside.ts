/**
 * Makes the new server beside the old one on one host: an enrolment string for its source, the builds of now, and the old
 * one's configuration, consent and rules. It stages from before its first cycle.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { formatConfiguration, loadConfiguration } from '@springline/agent/components/connect-sync/configuration';
import { agentHome, componentHome } from '@springline/agent/home';
import { loadIdentity } from '@springline/agent/identity/identity';
import type { connectorKind } from '@springline/api/shapes/agent';
import { writeFileAtomic } from '@springline/ports/files';
import type { z } from 'zod';
import { callControlPlane } from '../../control-plane-client.ts';
import { CommandError } from '../../output.ts';
import { filePathsIn, ownRulesFolder } from '../../sync-rules/rule-files.ts';
import { installAgent } from '../install.ts';
import { identityOf } from './server.ts';

interface BesidePlan {
  readonly home: string;
  readonly oldHome: string;
  /** Name of the new connector. */
  readonly connector?: string;
  readonly place: { readonly home: string; readonly url: string; readonly tokenFile: string };
}

/** May be repeated after a kill. @throws {CommandError} and what an installation throws. */
export async function installBeside(
  { home, oldHome, connector, place }: BesidePlan,
  say: (where: string) => void,
): Promise<void> {
  const configuration = loadConfiguration(configurationOf(oldHome));
  const [first, ...others] = configuration.connectors;
  const known = identityOf(oldHome).connectors.find(({ name }) => name === first?.name);
  if (first === undefined || known === undefined) {
    throw new CommandError(`the agent of ${oldHome} is not enrolled for the connector that its configuration names`);
  }
  const name = loadIdentity(agentHome(home))?.connectors[0]?.name ?? connector ?? (await freeName(place, known.name));
  const kind = known.kind as z.infer<typeof connectorKind>;
  const body = { connector: { name, kind }, beside: known.name };
  const { enrolmentString } = await callControlPlane(place, 'createEnrolment', body);
  await installAgent({ home, enrolmentString, staging: true }, say);
  // The configuration is the last: without it Connect Sync reads nothing.
  const consent = agentHome(oldHome).consent;
  if (existsSync(consent) && !existsSync(agentHome(home).consent)) {
    writeFileAtomic(agentHome(home).consent, readFileSync(consent), 0o600);
  }
  copyRules(oldHome, home, { from: known.name, to: name });
  const text = formatConfiguration({ ...configuration, connectors: [{ ...first, name }, ...others] });
  const heading = `# What Connect Sync on this host reads, and how often. Taken over from another server.\n`;
  if (!existsSync(configurationOf(home))) writeFileAtomic(configurationOf(home), heading + text, 0o600);
}

export function configurationOf(home: string): string {
  return join(componentHome(home, 'connect-sync').folder, 'configuration.yaml');
}

/** Rules that are for the old connector are for the new one. */
function copyRules(oldHome: string, home: string, { from, to }: { from: string; to: string }): void {
  const folder = ownRulesFolder(oldHome);
  if (!existsSync(folder)) return;
  for (const file of filePathsIn(folder)) {
    const copy = join(ownRulesFolder(home), basename(file));
    if (existsSync(copy)) continue;
    const text = readFileSync(file, 'utf8').replaceAll(
      /^(\s*(?:- )?connector:\s*)(.*?)(\s*)$/gm,
      (line, key, value, rest) =>
        [from, `'${from}'`, `"${from}"`].includes(value as string) ? `${key}${JSON.stringify(to)}${rest}` : line,
    );
    writeFileAtomic(copy, text, 0o600);
  }
}

/** `corp.example-2` after `corp.example`, and so on; never one that a server has: that one would be revoked. */
async function freeName(place: BesidePlan['place'], name: string): Promise<string> {
  const { sources } = await callControlPlane(place, 'listExportSources');
  const taken = new Set(sources.flatMap(({ connectors }) => connectors.map((connector) => connector.name)));
  const [, stem = name, number = '1'] = /^(.*?)(?:-(\d{1,3}))?$/s.exec(name) ?? [];
  for (let next = Number(number) + 1; ; next++) {
    const candidate = `${stem.slice(0, 90)}-${next}`;
    if (!taken.has(candidate)) return candidate;
  }
}
