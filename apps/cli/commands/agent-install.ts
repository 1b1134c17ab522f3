/** `springline agent install`: makes this host an agent of a control plane, by an enrolment string. */
import { statSync } from 'node:fs';
import { resolve } from 'node:path';
import { describeSource } from '@springline/agent/components/connect-sync/directory-source';
import type { Command } from 'commander';
import {
  type InstalledAgent,
  type InstallPlan,
  type InstallSource,
  installAgent,
  pinsOf,
  readEnrolment,
  wantedComponents,
} from '../agent/install.ts';
import { CommandError, dim, print, printJson, yellow } from '../output.ts';
import { readSmallFile } from '../small-file.ts';
import { lockHome } from '../up/lock.ts';
import { askedSource, defaultIntervalSeconds, interval, type SourceWords } from '../up/options.ts';
import { checkHome, checkSource, makeHome } from '../up/preflight.ts';
import { Progress } from '../up/progress.ts';
import { runForeground } from './agent-run.ts';

interface InstallWords extends SourceWords {
  readonly home: string;
  readonly enrolmentStringFile: string;
  readonly components?: readonly string[];
  readonly imageRoot?: string;
  readonly bridge?: string;
  readonly start: boolean;
  readonly staging?: boolean;
  readonly json?: boolean;
  readonly dryRun?: boolean;
}

const enrolmentLimitBytes = 4_096;

export function registerAgentInstall(agent: Command): void {
  agent
    .command('install')
    .description('verify and install the builds of this host, enrol it, and keep its agent running')
    .requiredOption('--enrolment-string-file <file>', 'the file with the enrolment string; - for standard input')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--components <name...>', 'what to install (default: agent-updater connect-sync)')
    .option('--image-root <sha256>', 'of a host that comes from PKS: the Image root that is built into it')
    .option('--bridge <file>', 'of a host that comes from PKS: the bridge build that it fetched')
    .option('--ldif <file>', 'directory to sync: an LDIF file')
    .option('--ldap <url>', 'directory to sync: ldaps://host or ldap://host:port')
    .option('--base <dn>', 'where the tree to sync begins')
    .option('--bind-dn <dn>', 'account that reads; a DN, or on Active Directory also user@domain')
    .option('--bind-dn-password-file <file>', 'file with the password of the account in its first line')
    .option('--ca <file>', 'CA certificate that signed the certificate of the server (PEM)')
    .option('--start-tls', 'encrypt an ldap:// connection with StartTLS')
    .option('--interval <seconds>', 'time between cycles (default: 30 for LDAP, 300 for LDIF)')
    .option('--staging', 'stage from the first cycle on: import and synchronise, export nothing until promoted')
    .option('--no-start', 'install and enrol only; springline agent run starts it later')
    .option('--json', 'for programs')
    .option('--dry-run', 'check the string and the source, say what would be done, write nothing')
    .addHelpText(
      'after',
      `
The string is made where the control plane is: springline agent enrolment-string create. It works once, for an hour,
and holds all that this host trusts at first. A command that was cut short is run again with the same string.

Examples:
  springline agent install --home /var/lib/springline --enrolment-string-file ./enrol.txt --ldif export.ldif
  ssh cp springline agent enrolment-string create --connector corp.example --kind active-directory --out - | \\
    springline agent install --enrolment-string-file - --ldap ldaps://dc1.corp.example --base DC=corp,DC=example \\
    --bind-dn svc-sync@corp.example --bind-dn-password-file ./password --ca ./ca.pem --no-start
  springline agent install --home ./second --enrolment-string-file ./enrol.txt --ldif export.ldif --staging
  springline agent install --enrolment-string-file ./enrol.txt --image-root $PIN --bridge ./bridge/connect-sync.tar`,
    )
    .action(install);
}

async function install(words: InstallWords): Promise<void> {
  const home = resolve(words.home);
  const enrolmentString = readSmallFile(words.enrolmentStringFile, enrolmentLimitBytes);
  const enrolment = readEnrolment(enrolmentString);
  const components = wantedComponents(words.components);
  const bridge = bridgeOf(words);
  const progress = new Progress(words.json === true ? process.stderr : process.stdout);
  if (words.dryRun !== true) warnOfReaders(words.enrolmentStringFile);
  checkHome(home);
  const source = await sourceOf(words, progress);
  if (words.dryRun === true) {
    const pins = pinsOf(enrolment);
    if (words.json === true)
      printJson({ home, url: enrolment.url, pins, components, staging: words.staging === true, dryRun: true });
    else {
      print(`would make ${home} an agent of ${enrolment.url}`);
      print(`would trust the Image root ${pins.image}\n        and Director root ${pins.director}`);
      print(`would install ${components.join(', ')}`);
      if (words.staging === true) print('would stage, and export nothing until it is promoted');
      if (source !== undefined) print(`would sync ${describeSource(source.source)} (${source.kind}, ${source.baseDn})`);
    }
    return;
  }
  const plan: InstallPlan = {
    ...{ home, enrolmentString, components },
    ...(source === undefined ? {} : { source }),
    ...(bridge === undefined ? {} : { bridge }),
    ...(words.staging === true ? { staging: true } : {}),
  };
  const installed = await installAlone(plan, progress);
  if (words.json === true) printJson(installed);
  if (words.start) await runForeground(home, progress);
  else progress.line(`${dim('Start it:')} npx springline agent run --home ${home}`);
}

/** Nobody else may install into the home or run it meanwhile. */
async function installAlone(plan: InstallPlan, progress: Progress): Promise<InstalledAgent> {
  makeHome(plan.home);
  const lock = await lockHome(plan.home);
  try {
    const installed = await progress.step('installation', (say) => installAgent(plan, say), describe);
    if (plan.source === undefined && installed.connectors.length > 0) {
      progress.line('  Connect Sync has nothing to read yet: run this again with --ldif or --ldap');
    }
    return installed;
  } finally {
    lock.close();
  }
}

function describe({ agentId, url, components, connectors, wasEnrolled, staging }: InstalledAgent): string {
  const builds = components.map(({ component, version }) => `${component} ${version}`).join(', ');
  const names = connectors.map(({ name }) => name).join(', ');
  const how = wasEnrolled ? 'was enrolled before; the string was not used' : `enrolled with ${url} for ${names}`;
  return `${builds}, verified; agent ${agentId} ${how}${staging ? '; it stages' : ''}`;
}

function bridgeOf({ imageRoot, bridge }: InstallWords): InstallPlan['bridge'] {
  if (imageRoot === undefined) {
    if (bridge === undefined) return undefined;
    throw new CommandError('--bridge goes with --image-root: what the old agent trusts, it has built in', 2);
  }
  if (!/^[0-9a-fA-F]{64}$/.test(imageRoot)) throw new CommandError('--image-root is a SHA-256: 64 hex digits', 2);
  return { imageRoot, ...(bridge === undefined ? {} : { archive: resolve(bridge) }) };
}

/** Read from beginning to end before the string is used, as `springline up` does. */
async function sourceOf(words: InstallWords, progress: Progress): Promise<InstallSource | undefined> {
  const source = askedSource(words);
  if (source === undefined) {
    if (words.interval !== undefined) throw new CommandError('--interval goes with --ldif or --ldap', 2);
    return undefined;
  }
  const intervalSeconds = interval(words) ?? defaultIntervalSeconds[source.kind];
  const { kind, baseDn } = await progress.step(
    'source',
    () => checkSource(source),
    (facts) => `${facts.entries} entries, base ${facts.baseDn}`,
  );
  return { source, intervalSeconds, kind, baseDn };
}

/** Whoever reads the string first becomes the agent. */
function warnOfReaders(file: string): void {
  if (file === '-' || (statSync(file).mode & 0o077) === 0) return;
  process.stderr.write(
    `${yellow('warning')}: others on this host can read ${file}; chmod 600 it, or pass the string on standard input\n`,
  );
}
