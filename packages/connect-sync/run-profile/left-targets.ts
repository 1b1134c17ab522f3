/**
 * Attributes of the cloud that rules once flowed to and no rule flows to any more. Sync stops managing them: the cloud
 * keeps the last value. To clear one, a rule gives AuthoritativeNull for it before the flow is taken out.
 */
import type { ConnectorRules } from '../rules/rule-set-connectors.ts';
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
  const { store, cloud } = engine;
  const now = targetsNow(engine);
  const text = JSON.stringify(now);
  const known = store.setting(setting);
  if (known === text) return;
  const left = known === undefined ? {} : (JSON.parse(known) as Known).left;
  store.transaction(() => {
    // What is managed again may be references, of which nobody has followed the changes.
    for (const [type, targets] of Object.entries(left)) {
      const still = now.left[type] ?? [];
      if (targets.some((target) => !still.includes(target))) store.enqueueAllReferences(cloud.connector, type);
    }
    store.setSetting(setting, text);
  });
}

function targetsNow({ store, rules, cloud }: Engine): Known {
  const known = JSON.parse(store.setting(setting) ?? '{"managed":{},"left":{}}') as Known;
  const managed = managedBy(rules, cloud.name);
  const left: Record<string, readonly string[]> = {};
  for (const type of sorted([...Object.keys(known.left), ...Object.keys(known.managed)])) {
    const once = [...(known.left[type] ?? []), ...(known.managed[type] ?? [])];
    const still = new Set(managed[type]);
    const found = sorted(once).filter((target) => !still.has(target));
    if (found.length > 0) left[type] = found;
  }
  return { managed, left };
}

const managedByRules = new WeakMap<ConnectorRules, Targets>();

function managedBy(rules: ConnectorRules, connector: string): Targets {
  let managed = managedByRules.get(rules);
  if (managed === undefined) {
    const byType = new Map<string, string[]>();
    for (const rule of rules.rules) {
      if (rule.direction !== 'outbound' || rule.connector !== connector) continue;
      const targets = byType.get(rule.targetObjectType) ?? [];
      byType.set(rule.targetObjectType, targets);
      // Its name is no attribute of an object.
      targets.push(...rule.flows.map(({ target }) => target).filter((target) => target !== 'dn'));
    }
    managed = Object.fromEntries([...byType].map(([type, targets]) => [type, sorted(targets)]));
    managedByRules.set(rules, managed);
  }
  return managed;
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort();
}
