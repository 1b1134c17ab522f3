/** The way out for a server below a minimum, by why it is below. Commands and links as data; nothing is run here. */
import type { Component } from '../release/target-path.ts';
import type { Group } from './judge.ts';

export type Step =
  | { readonly kind: 'command'; readonly text: string; readonly command: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** Steps in order. `hostName` appears in commands only if it is one that needs no quoting. */
export function wayOut(group: Group, component: Component, hostName: string): readonly Step[] {
  const name = /^[A-Za-z0-9][A-Za-z0-9._-]{0,252}$/.test(hostName) ? hostName : 'NAME';
  const advice = command('Shows what to do for this server', `springline upgrade advice --server ${name}`);
  return [...stepsByGroup[group], ...byHand(group, component), advice, link(component)];
}

/** For a host whose agent answers; it takes what is for download only too. */
export function inPlace(component: Component): Step {
  return command(
    'Upgrades it by hand and changes nothing else, on the server',
    `springline agent upgrade ${component}`,
  );
}

function byHand(group: Group, component: Component): readonly Step[] {
  if (group === 'upgrading') return [];
  if (group === 'opted-out' || group === 'failed' || group === 'by-hand') return [inPlace(component)];
  return [command('Fetches and verifies the newest build', `springline download ${component}`)];
}

const stepsByGroup: Readonly<Record<Group, readonly Step[]>> = {
  'opted-out': [command('Opts in again, on the server', 'springline agent auto-upgrade set Enabled')],
  failed: [
    command('Lists every obstacle at once, on the server', 'springline agent auto-upgrade readiness'),
    command('Tries again when they are gone, on the server', 'springline agent auto-upgrade now'),
  ],
  'on-pks': [command('Shows the way from PKS to the Hybrid Upgrade Service', 'springline pks status')],
  'not-seen': [command('Shows whether the agent runs, on the server', 'springline agent status')],
  'by-hand': [],
  upgrading: [command('Upgrades now instead of at the next look, on the server', 'springline agent auto-upgrade now')],
};

function command(text: string, line: string): Step {
  return { kind: 'command', text, command: line };
}

/** Relative to the portal's origin. */
function link(component: Component): Step {
  return { kind: 'link', text: 'Published versions', href: `/version-history/springline#${component}` };
}
