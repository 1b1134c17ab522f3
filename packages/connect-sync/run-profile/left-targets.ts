/**
 * Attributes of the cloud that rules once flowed to and no rule flows to any more. Sync stops managing them: the cloud
 * keeps the last value. To clear one, a rule gives AuthoritativeNull for it before the flow is taken out.
 */
import type { Engine } from './engine.ts';

const setting = 'cloud-targets';

/** By object type of the cloud, in the order of their names. Grows with the names that rules ever flowed to. */
type Targets = Readonly<Record<string, readonly string[]>>;

interface Known {
  readonly managed: Targets;
  readonly left: Targets;
}

/** The attributes that are left as they are, by object type of the cloud. */
export function leftTargets(engine: Engine): Targets {
  return targetsNow(engine).left;
}

/** Remembers what the rules of this run flow to, for when they do not any more. */
export function followTargets(engine: Engine): void {
  const text = JSON.stringify(targetsNow(engine));
  if (engine.store.setting(setting) !== text) engine.store.setSetting(setting, text);
}

function targetsNow({ store, rules, cloud }: Engine): Known {
  const known = JSON.parse(store.setting(setting) ?? '{"managed":{},"left":{}}') as Known;
  const managed: Record<string, readonly string[]> = {};
  for (const { direction, connector, targetObjectType, flows } of rules.rules) {
    if (direction !== 'outbound' || connector !== cloud.name) continue;
    const targets = flows.map(({ target }) => target);
    managed[targetObjectType] = sorted([...(managed[targetObjectType] ?? []), ...targets]);
  }
  const left: Record<string, readonly string[]> = {};
  for (const type of sorted([...Object.keys(known.left), ...Object.keys(known.managed)])) {
    const once = [...(known.left[type] ?? []), ...(known.managed[type] ?? [])];
    const still = new Set(managed[type]);
    const found = sorted(once).filter((target) => !still.has(target));
    if (found.length > 0) left[type] = found;
  }
  return { managed, left };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
