/**
 * `npm run bench -- NAME [--json]`: runs one bench and prints a line for each measure, as text or as JSON. A bench is a
 * file of this folder that exports `measures`; exit code 1 when a goal was missed.
 */
import type { Measure } from './measure.ts';

type Bench = { measures(): AsyncIterable<Measure> };

/** By name, loaded only when asked for. */
const benches: Readonly<Record<string, { readonly what: string; load(): Promise<Bench> }>> = {
  start: { what: 'clean clone to ready, and memory after a minute', load: () => import('./start.ts') },
  ldap: { what: 'half a million entries read, against ldapsearch and an npm client', load: () => import('./ldap.ts') },
  import: {
    what: 'half a million entries into the connector space, against ldapsearch',
    load: () => import('./import.ts'),
  },
  engine: { what: 'a million objects through import, rules and staged exports', load: () => import('./engine.ts') },
  latency: {
    what: 'a change in a directory until it is heard of, and in the cloud',
    load: () => import('./latency.ts'),
  },
  bigroup: { what: 'one member more in a group of half a million', load: () => import('./bigroup.ts') },
  kills: { what: 'sync killed at a thousand random instants', load: () => import('./kills.ts') },
  tuf: { what: 'update metadata verified and published, against an npm library', load: () => import('./tuf.ts') },
  scim: { what: 'SCIM filters parsed, against an npm library', load: () => import('./scim.ts') },
  upgrade: { what: 'upgrades and roll backs of a component while it works', load: () => import('./upgrade.ts') },
  delta: { what: 'patches between releases, against bsdiff', load: () => import('./delta.ts') },
  fleet: { what: 'rollout decisions, and half a million simulated agents', load: () => import('./fleet.ts') },
};

const [name, ...flags] = process.argv.slice(2);
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined || flags.some((flag) => flag !== '--json')) {
  const list = Object.entries(benches).map(([known, { what }]) => `  ${known.padEnd(10)} ${what}`);
  process.stderr.write(`usage: npm run bench -- NAME [--json]\n${list.join('\n')}\n`);
  process.exit(2);
}
const { measures } = await bench.load();
for await (const found of measures()) {
  process.stdout.write(`${flags.includes('--json') ? JSON.stringify(found) : describe(found)}\n`);
  if (!found.met) process.exitCode = 1;
}

function describe({ measure, unit, ours, peer, peerName, ratio, goal, met }: Measure): string {
  const verdict = goal === '-' ? '' : `  goal ${goal}: ${met ? 'met' : 'MISSED'}`;
  return `${measure}: ${ours} ${unit}; ${peerName} ${peer} ${unit}; ratio ${ratio}${verdict}`;
}
