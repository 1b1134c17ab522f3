/** SCIM filters parsed per second, against the npm library that others use. */
import { parseFilter } from '@springline/directory/scim/filter-parser';
import { parse as parseByPeer } from 'scim2-parse-filter';
import { type Measure, measure } from './measure.ts';

const filters = [
  'userName eq "ada@contoso.example"',
  'emails[type eq "work" and value ew "@contoso.example"] and active eq true',
  'displayName sw "A" or (title pr and not (department eq "Sales"))',
  'meta.lastModified gt "2026-01-01T00:00:00Z"',
];
const roundMs = 300;
const rounds = 8;

export async function* measures(): AsyncIterable<Measure> {
  const ours: number[] = [];
  const peer: number[] = [];
  // In turns, so that whatever else the machine does hits both.
  for (let round = 0; round < rounds; round++) {
    ours.push(perSecond(parseFilter));
    peer.push(perSecond(parseByPeer));
  }
  const best = (figures: readonly number[]): number => Math.max(...figures);
  yield measure({
    ...{ bench: 'scim', measure: 'filters parsed', unit: '1/s', peerName: 'scim2-parse-filter' },
    ...{ ours: best(ours), peer: best(peer), goal: '>= 1x', met: best(ours) >= best(peer) },
  });
}

function perSecond(parse: (filter: string) => unknown): number {
  const startedAt = performance.now();
  let parsed = 0;
  while (performance.now() - startedAt < roundMs) {
    for (const filter of filters) parse(filter);
    parsed += filters.length;
  }
  return (parsed / (performance.now() - startedAt)) * 1000;
}
