import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EpochMs } from '@springline/ports/clock';
import fc from 'fast-check';
import type { Installation } from './judge.ts';
import { joinSources } from './sources.ts';

const at = (day: string): EpochMs => Date.parse(`${day}Z`) as EpochMs;
const base = { component: 'connect-sync', state: 'Enabled', channel: 'HUS' } as const;
const agent: Installation = { ...base, tenant: 'A', hostName: 'Sync-1', version: '2.3.6.0', source: 'agent' };
const listed: Installation = { ...base, tenant: 'A', hostName: 'sync-1', version: '2.1.20.0', source: 'recorded' };
const sighting: Installation = {
  ...{ ...base, tenant: 'unknown', hostName: 'sync-1', version: '2.2.1.0', channel: 'PKS', source: 'recorded' },
  lastSeenAt: at('2024-09-01T08:00:00'),
};

const joined = (sources: Partial<Parameters<typeof joinSources>[0]>) =>
  joinSources({ agents: [], recorded: [], sightings: [], operator: 'default', ...sources });

for (const { name, sources, expected } of [
  {
    name: 'an agent speaks for its host and component, whatever was recorded, and keeps whom to ask',
    sources: { agents: [agent], recorded: [{ ...listed, owner: 'Robin' }] },
    expected: [{ ...agent, owner: 'Robin' }],
  },
  {
    name: 'an agent does not speak for another component of its host',
    sources: { agents: [agent], recorded: [{ ...listed, component: 'health-ad-ds' as const }] },
    expected: [agent, { ...listed, component: 'health-ad-ds' }],
  },
  {
    name: 'nor for a host of that name in another tenant',
    sources: { agents: [agent], recorded: [{ ...listed, tenant: 'B' }] },
    expected: [agent, { ...listed, tenant: 'B' }],
  },
  {
    name: 'a host that asks PKS is judged as it was seen, under the name and the owner that its tenant recorded',
    sources: {
      recorded: [{ ...listed, hostName: 'SYNC-1', owner: 'Robin', state: 'Disabled' as const }],
      sightings: [sighting],
    },
    expected: [{ ...sighting, tenant: 'A', hostName: 'SYNC-1', owner: 'Robin' }],
  },
  {
    name: 'S19: who records a stranger’s host as seen later, well and moved does not hide that it asks PKS',
    sources: {
      recorded: [{ ...listed, version: '2.3.20.0', lastSeenAt: at('2099-01-01'), movedTo: 'cloud-sync' as const }],
      sightings: [sighting],
    },
    expected: [{ ...sighting, tenant: 'A' }],
  },
  {
    name: 'S19: nor by an agent of that name beside the row',
    sources: { agents: [agent], recorded: [listed], sightings: [sighting] },
    expected: [agent, sighting],
  },
  {
    name: 'a list of the operator of the same day does not outweigh what the host said on it',
    sources: {
      recorded: [{ ...listed, tenant: 'default', lastSeenAt: at('2024-09-01T23:59:59.999') }],
      sightings: [sighting],
    },
    expected: [{ ...sighting, tenant: 'default' }],
  },
  {
    name: 'a list of the operator that has seen the host on a later day does',
    sources: {
      recorded: [
        { ...listed, tenant: 'default', lastSeenAt: at('2024-09-02T00:00:00'), movedTo: 'cloud-sync' as const },
      ],
      sightings: [sighting],
    },
    expected: [{ ...listed, tenant: 'default', lastSeenAt: at('2024-09-02T00:00:00'), movedTo: 'cloud-sync' }],
  },
  {
    name: 'a host that the operator recorded is theirs, whoever else records its name',
    sources: { recorded: [listed, { ...listed, tenant: 'default' }], sightings: [sighting] },
    expected: [listed, { ...sighting, tenant: 'default', hostName: 'sync-1' }],
  },
  {
    name: 'of several product keys of one host the last that was heard counts',
    sources: {
      recorded: [listed],
      sightings: [{ ...sighting, version: '1.0.0.0', lastSeenAt: at('2024-01-01') }, sighting],
    },
    expected: [{ ...sighting, tenant: 'A' }],
  },
  {
    name: 'a name that two tenants recorded is nobody’s: the sighting stays apart',
    sources: { recorded: [listed, { ...listed, tenant: 'B' }], sightings: [sighting] },
    expected: [listed, { ...listed, tenant: 'B' }, sighting],
  },
] as const) {
  test(name, () => assert.deepEqual(joined(sources), expected));
}

test('nothing is counted twice in a tenant, and of nobody is made less than one', () => {
  const some = fc.record({
    tenant: fc.constantFrom('A', 'B'),
    hostName: fc.constantFrom('x', 'X', 'y', '__proto__'),
    component: fc.constantFrom('connect-sync' as const, 'health-sync' as const),
    lastSeenAt: fc.option(fc.integer({ min: 0, max: 1e9 }), { nil: undefined }),
  });
  const made = (source: 'agent' | 'recorded', tenant?: string) =>
    fc
      .uniqueArray(some, { maxLength: 8, selector: (each) => key({ ...each, tenant: tenant ?? each.tenant }) })
      .map((all) =>
        all.map((each) => ({ ...base, version: '1.0', source, ...each, ...(tenant && { tenant }) }) as Installation),
      );
  fc.assert(
    fc.property(made('agent'), made('recorded'), made('recorded', 'unknown'), (agents, recorded, sightings) => {
      const all = joinSources({ agents, recorded, sightings, operator: 'A' });
      const keys = all.map(key);
      assert.equal(new Set(keys).size, keys.length);
      const known = new Set([...agents, ...recorded].map(key));
      assert.deepEqual(new Set(all.filter(({ tenant }) => tenant !== 'unknown').map(key)), known);
      const names = (of: readonly Installation[]) => new Set(of.map((each) => key({ ...each, tenant: '' })));
      assert.deepEqual(names(all), names([...agents, ...recorded, ...sightings]));
    }),
  );
});

function key({ tenant, hostName, component }: Pick<Installation, 'tenant' | 'hostName' | 'component'>): string {
  return `${tenant} ${hostName.toLowerCase()} ${component}`;
}
