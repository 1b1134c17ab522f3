/**
 * The host of a replayed scenario: it lives at another time, by another name, with as much space as the scenario gives it.
 * Nowhere else: such a file counts only where the roots that this host trusts are marked. Imports nothing from npm.
 */
import { statfsSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { enterScenario, type ScenarioHost, scenarioHost } from '@springline/ports/scenario';
import { agentHome } from './home.ts';

/** For the main of each program of an agent. @throws {ScenarioError} */
export function enterHostScenario(home: string): void {
  enterScenario(home, trustedRoots(home));
}

/** What this host is called. */
export function hostName(home: string): string {
  return scenarioOfHost(home)?.hostName ?? hostname();
}

/** Bytes that are free where `folder` lies. */
export function freeBytes(home: string, folder: string): number {
  const { bavail, bsize } = statfsSync(folder);
  return Math.min(bavail * bsize, scenarioOfHost(home)?.freeBytes ?? Number.POSITIVE_INFINITY);
}

/** Whether this host belongs to a scenario. @throws {ScenarioError} */
export function isScenarioHost(home: string): boolean {
  return scenarioOfHost(home) !== undefined;
}

function scenarioOfHost(home: string): ScenarioHost | undefined {
  return scenarioHost(home, trustedRoots(home));
}

function trustedRoots(home: string): readonly string[] {
  const { trust } = agentHome(home);
  return ['image', 'director'].map((repository) => join(trust, repository, 'root.json'));
}
