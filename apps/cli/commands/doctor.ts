/** `springline doctor`: looks at everything that sync on this machine depends on, and says what to do. */

import { accessSync, constants, existsSync, statfsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadConfiguration } from '@springline/agent/components/connect-sync/configuration';
import { describeSource, inspectSource } from '@springline/agent/components/connect-sync/directory-source';
import { loadConsent, requireConsentFor } from '@springline/agent/consent';
import { agentHome, componentHome } from '@springline/agent/home';
import { linkedSlot, verifiedProgram } from '@springline/agent/slot/slot';
import type { GateId } from '@springline/auto-upgrade/eligibility/gate';
import { components } from '@springline/auto-upgrade/release/target-path';
import { systemClock } from '@springline/ports/clock';
import type { Command } from 'commander';
import { agentStatus } from '../agent-client.ts';
import { callControlPlane, controlPlaneUrl } from '../control-plane-client.ts';
import { bold, green, print, printJson, red, relativeTime, yellow } from '../output.ts';
import { keysHome } from '../release/roles.ts';
import { readRepositories } from '../release/sign.ts';
import { holdNotes, policyInForce } from '../rollout/in-force.ts';
import { hostReadiness } from './agent-auto-upgrade-readiness.ts';

interface Finding {
  readonly check: string;
  readonly verdict: 'ok' | 'warning' | 'failed';
  readonly detail: string;
}

/** What a check finds wrong; a plain Error is a failure, this one only deserves a look. */
class Doubt extends Error {}

const freeBytesWanted = 500_000_000;
const clockToleranceMs = 60_000;
const timeoutMs = 5_000;
/** Gates of an upgrade that a check of this file has told already. */
const toldElsewhere: ReadonlySet<GateId> = new Set(['components-running', 'slots', 'runtime', 'consent', 'clock']);

export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check this machine, and say what to do')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--json', 'for programs')
    .addHelpText('after', '\nExamples:\n  springline doctor\n  springline doctor --home ./lab --json')
    .action(async ({ home, json }: { home: string; json?: boolean }) => {
      const findings = await examine(resolve(home));
      if (json === true) printJson(findings);
      else for (const finding of findings) print(describe(finding));
      if (findings.some(({ verdict }) => verdict === 'failed')) process.exitCode = 1;
    });
}

/** Every check, in the order in which one depends on another; a failed one does not stop the rest. */
async function examine(home: string): Promise<readonly Finding[]> {
  const findings: Finding[] = [];
  const check = async (name: string, work: () => string | Promise<string>): Promise<void> => {
    try {
      findings.push({ check: name, verdict: 'ok', detail: await work() });
    } catch (error) {
      findings.push({
        check: name,
        verdict: error instanceof Doubt ? 'warning' : 'failed',
        detail: (error as Error).message,
      });
    }
  };
  const configuration = componentHome(home, 'connect-sync').folder;
  await check('platform', platform);
  await check('home', () => usableHome(home));
  await check('disk', () => freeSpace(home));
  await check('control plane', () => controlPlane(home));
  await check('database', () => database(home));
  await check('rollouts', () => rollouts(home));
  await check('agent', () => agent(home));
  await check('releases', () => releases(home));
  await check('builds', () => builds(home));
  await check('auto-upgrade', () => autoUpgrade(home));
  await check('consent', () => {
    const { baseDns } = loadConsent(agentHome(home).consent);
    return `may read ${baseDns.join('; ')}`;
  });
  await check('source', async () => {
    const { connectors } = loadConfiguration(`${configuration}/configuration.yaml`);
    const { consent } = agentHome(home);
    const answers: string[] = [];
    for (const { source } of connectors) {
      const facts = await inspectSource(source);
      if (source.kind !== 'csv') requireConsentFor(loadConsent(consent), facts.baseDn, consent);
      answers.push(`${describeSource(source)} answers (${facts.kind})`);
    }
    return answers.join('; ');
  });
  await check('sync', () => lastCycle(home));
  return findings;
}

function platform(): string {
  const here = `${process.platform}-${process.arch}, Node ${process.versions.node}`;
  if (process.platform !== 'linux') throw new Doubt(`${here}: only Linux is tested`);
  return here;
}

function usableHome(home: string): string {
  if (!existsSync(home)) throw new Error(`${home} does not exist. Make it with: npx springline up --home ${home}`);
  accessSync(home, constants.R_OK | constants.W_OK | constants.X_OK);
  return home;
}

function freeSpace(home: string): string {
  const { bavail, bsize } = statfsSync(existsSync(home) ? home : '.');
  const free = `${Math.round((bavail * bsize) / 1e6)} MB free`;
  if (bavail * bsize < freeBytesWanted)
    throw new Doubt(`${free}. Free space: below ${freeBytesWanted / 1e6} MB a start may fail.`);
  return free;
}

async function controlPlane(home: string): Promise<string> {
  const url = controlPlaneUrl(home, 8743);
  const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(timeoutMs) }).catch(() => {
    throw new Error(`nobody answers at ${url}. Start it: springline up --home ${home}`);
  });
  if (!response.ok)
    throw new Error(`${url} answers ${response.status}. Look at its log, and at the free space of its disk.`);
  const skewMs = Math.abs(Date.parse(response.headers.get('date') ?? '') - systemClock.now());
  if (skewMs > clockToleranceMs)
    throw new Doubt(`${url} answers, its clock is ${Math.round(skewMs / 1000)} s off. Set both clocks by NTP.`);
  return `${url} answers`;
}

/** Whether somebody put an older one back. */
async function database(home: string): Promise<string> {
  const { restored } = await callControlPlane({ home, url: controlPlaneUrl(home, 8743) }, 'getHome');
  if (restored === undefined) return 'none older than known was put back';
  throw new Doubt(
    `restored ${relativeTime(restored.at)}: ${restored.reason} Look at agents, people and tokens, then: springline rollout resume-all --home ${home} --reason "looked at it"`,
  );
}

/** What holds every host back, whatever its own gates say. */
async function rollouts(home: string): Promise<string> {
  const now = systemClock.now();
  const inForce = await policyInForce({ home, url: controlPlaneUrl(home, 8743) }, now).catch((error: Error) => {
    throw new Doubt(`not known: ${error.message}`);
  });
  const notes = holdNotes(inForce, now);
  if (notes.length > 0) throw new Doubt(notes.join(' '));
  return 'nothing is halted or frozen as a whole';
}

async function agent(home: string): Promise<string> {
  const { components: running, controlPlane: contact } = await agentStatus(home);
  const failing = running.find(({ state }) => state !== 'running');
  if (failing !== undefined)
    throw new Error(`${failing.component} is ${failing.state}: ${failing.detail ?? 'no reason given'}`);
  if (contact.state !== 'connected')
    throw new Doubt(`no contact to the control plane: ${contact.detail ?? contact.state ?? 'starting'}`);
  return running.map(({ component, version }) => `${component} ${version}`).join(', ');
}

/** What agents look at is signed, and can be signed again. */
function releases(home: string): string {
  const { passphrase } = keysHome(home);
  const { director } = readRepositories(home);
  const endsAt = director.timestamp?.expires ?? 0;
  const minutes = Math.round((endsAt - systemClock.now()) / 60_000);
  if (!existsSync(passphrase)) {
    throw new Error(`${passphrase} is gone, so nothing can be signed. Restore it from your copy of the keys.`);
  }
  if (minutes < 10) {
    throw new Error(
      `the Director's timestamp ${minutes < 0 ? 'has expired' : `ends in ${minutes} min`} and is not signed again. Look at ${home}/logs/release.log.`,
    );
  }
  return `signed, good for ${minutes} min more`;
}

/** Every file of every slot that runs is hashed, as at a start. */
function builds(home: string): string {
  const installed = components.flatMap((component) => {
    const slot = linkedSlot(home, component);
    if (slot === undefined) return [];
    const { facts } = verifiedProgram(home, component, slot);
    return [`${component} ${facts.version} in slot ${slot}`];
  });
  if (installed.length === 0) throw new Error(`nothing is installed. Install it: springline up --home ${home}`);
  return `${installed.join(', ')}: as signed`;
}

/** The state, and every gate that is shut: what would be in the way of the next upgrade. */
async function autoUpgrade(home: string): Promise<string> {
  const { autoUpgrade: view } = await agentStatus(home);
  if (view === undefined) throw new Doubt('the agent says nothing about auto-upgrade');
  const { state, suspensionReason = 'opted out by a person', checkedAt } = view;
  if (state !== 'Enabled') {
    throw new Doubt(
      `${state}: ${suspensionReason.replace(/\.$/, '')}. More: npx springline agent auto-upgrade get --detail --home ${home}`,
    );
  }
  const shut = (await hostReadiness(home)).gates.filter(({ ok, id }) => !ok && !toldElsewhere.has(id));
  if (shut.length > 0) {
    const gates = shut.map(({ code, detail }) => `${code} (${detail})`).join('; ');
    throw new Doubt(`${gates}. What to do: springline agent auto-upgrade readiness --home ${home}`);
  }
  return `${state}, ${view.channel}, ready, looked ${relativeTime(checkedAt)}`;
}

async function lastCycle(home: string): Promise<string> {
  const { sync } = await agentStatus(home);
  const cycle = sync?.lastCycle;
  if (cycle === undefined) throw new Doubt('no cycle has run yet');
  const detail = cycle.steps.find((step) => step.detail !== undefined)?.detail;
  if (/^(no-start|stopped)-/.test(cycle.result))
    throw new Error(`${cycle.result}: ${detail ?? 'look at springline sync history'}`);
  if (cycle.result !== 'success') throw new Doubt(`${cycle.result}: ${detail ?? 'look at springline sync status'}`);
  return `cycle ${cycle.number}: success`;
}

function describe({ check, verdict, detail }: Finding): string {
  const marks = { ok: green('ok     '), warning: yellow('look   '), failed: red('failed ') };
  return `${marks[verdict]} ${bold(check.padEnd(14))} ${detail}`;
}
