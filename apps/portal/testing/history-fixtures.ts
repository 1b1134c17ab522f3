/** Version histories as the control plane serves them: rows of the public ones, and those of the fixtures' releases. */
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';
import { historySamples } from './history-samples.ts';
import { fixtureNow } from './instants.ts';

export function historyOf(product: string, releases: readonly ReleaseView[]): unknown {
  if (product !== 'springline') return historySamples[product];
  return {
    ...{ format: 'springline-version-history-1', product, title: 'Springline: releases of this installation' },
    ...{ on: fixtureNow.slice(0, 10), milestones: [], forcedMinimums: [], contradictions: [] },
    rows: releases.map(({ component, version, publishedAt, isRecalled = false, notes = '' }) => ({
      ...{ component, version, anchor: `${component}-${version.replaceAll('.', '')}` },
      ...{ releasedOn: publishedAt.slice(0, 10), status: isRecalled ? 'recalled' : 'released' },
      channels: isRecalled ? ['recalled'] : ['download', 'auto-upgrade'],
      support: { rule: isRecalled ? 'recalled' : 'none', differs: false },
      supportStatus: isRecalled ? 'recalled' : 'unknown',
      notes: notes.split('\n'),
    })),
  };
}
