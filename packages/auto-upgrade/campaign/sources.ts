/**
 * What is known of installations from several sources, joined so that none is counted twice. An agent speaks for itself,
 * before anything that its tenant recorded. Who asks the retired PKS channel belongs to no tenant: such a sighting joins
 * what one tenant, and only one, recorded under the same host name and component, and is judged as it was seen. Anybody
 * can record a name, so what is recorded says whose a host is and never that it is well (security rule S19); only whoever
 * runs the installation knows better, by a list of a later day. Pure.
 */
import type { Installation } from './judge.ts';

interface Sources {
  readonly agents: readonly Installation[];
  readonly recorded: readonly Installation[];
  /** Hosts that asked PKS, in any order, as they claim to be. */
  readonly sightings: readonly Installation[];
  /** Tenant of whoever runs the installation. */
  readonly operator: string;
}

/** Agents first, then what was recorded, then sightings that joined nothing. */
export function joinSources({ agents, recorded, sightings, operator }: Sources): readonly Installation[] {
  const spokenFor = new Set(agents.map(ownKey));
  const ownerByKey = new Map<string, string>();
  const rowsByHost = new Map(sightings.map((sighting) => [hostKey(sighting), [] as Installation[]]));
  const unspoken: Installation[] = [];
  for (const each of recorded) {
    const key = ownKey(each);
    if (!spokenFor.has(key)) {
      unspoken.push(each);
      rowsByHost.get(hostKey(each))?.push(each);
    }
    // Whom to ask is no matter of who knows the build best.
    else if (each.owner !== undefined) ownerByKey.set(key, each.owner);
  }
  const newestByRow = new Map<Installation, Installation>();
  const alone: Installation[] = [];
  for (const sighting of sightings) {
    const row = rowOf(rowsByHost.get(hostKey(sighting)) ?? [], operator);
    if (row === undefined) alone.push(sighting);
    else if (isNewer(sighting, newestByRow.get(row))) newestByRow.set(row, sighting);
  }
  return [
    ...agents.map((agent) => withOwner(agent, ownerByKey.get(ownKey(agent)))),
    ...(newestByRow.size === 0
      ? unspoken
      : unspoken.map((each) => withSighting(each, newestByRow.get(each), operator))),
    ...alone,
  ];
}

/** Several tenants with a host of that name: nobody can tell whose this one is, unless the operator says that it is theirs. */
function rowOf(rows: readonly Installation[], operator: string): Installation | undefined {
  return rows.length === 1 ? rows[0] : rows.find(({ tenant }) => tenant === operator);
}

function withOwner(agent: Installation, owner: string | undefined): Installation {
  return owner === undefined ? agent : { ...agent, owner };
}

/** The row names the host and whom to ask. Lists have days and no hours. */
function withSighting(recorded: Installation, sighting: Installation | undefined, operator: string): Installation {
  if (sighting === undefined) return recorded;
  const { tenant, hostName, owner } = recorded;
  if (tenant === operator && dayOf(recorded) > dayOf(sighting)) return recorded;
  return { ...sighting, tenant, hostName, ...(owner === undefined ? {} : { owner }) };
}

function isNewer(one: Installation, other: Installation | undefined): boolean {
  return (one.lastSeenAt ?? 0) > (other?.lastSeenAt ?? -1);
}

/** Of 1970, UTC; a list without a date is older than anything that was heard. */
function dayOf({ lastSeenAt }: Installation): number {
  return lastSeenAt === undefined ? -1 : Math.floor(lastSeenAt / 86_400_000);
}

function hostKey({ hostName, component }: Installation): string {
  return `${hostName.toLowerCase()}\0${component}`;
}

function ownKey(installation: Installation): string {
  return `${installation.tenant}\0${hostKey(installation)}`;
}
