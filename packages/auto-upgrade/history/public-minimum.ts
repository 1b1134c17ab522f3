/** The published minimum of a product on a day, and which product a component is a build of. */
import type { Component } from '../release/target-path.ts';
import { compareReleases, type ForcedMinimum, type Product, type VersionHistory } from './history.ts';

/** The highest that is in force on `on` (`YYYY-MM-DD`), or due at the next deadline. */
export function publicMinimum(history: VersionHistory, product: Product, on: string): ForcedMinimum | undefined {
  const published = history.forcedMinimums.filter((each) => each.product === product && each.source === 'published');
  const next =
    published
      .map(({ deadline }) => deadline)
      .filter((deadline) => deadline >= on)
      .sort()[0] ?? on;
  return published
    .filter(({ deadline }) => deadline <= next)
    .toSorted((a, b) => compareReleases(a.version, b.version))
    .at(-1);
}

/** The highest whose day has passed on `on`. */
export function minimumInForce(history: VersionHistory, product: Product, on: string): ForcedMinimum | undefined {
  return history.forcedMinimums
    .filter((each) => each.product === product && each.source === 'published' && each.deadline < on)
    .toSorted((a, b) => compareReleases(a.version, b.version))
    .at(-1);
}

/** `undefined` for the Agent Updater, of which nothing is published. */
export function productOf(component: Component): Product | undefined {
  if (component === 'connect-sync' || component === 'cloud-sync') return component;
  return component === 'agent-updater' ? undefined : 'health';
}
