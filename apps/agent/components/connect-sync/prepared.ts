/**
 * What Connect Sync reads before it may touch its state: configuration, identity, rules. A new build does this beside the
 * old one, so that taking the state over is all that is left to do.
 */
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadRuleSet } from '@springline/connect-sync/rules/out-of-box/load';
import type { RuleSet } from '@springline/connect-sync/rules/rule-set';
import { CallError, type Dependency } from '../../channel.ts';
import { agentHome, componentHome } from '../../home.ts';
import { loadIdentity, loadOrMakeKey } from '../../identity/identity.ts';
import type { Sender } from '../../identity/signed-request.ts';
import { type Configuration, type ConnectorConfiguration, loadConfiguration } from './configuration.ts';

export class Prepared {
  readonly home: string;
  readonly configuration: Configuration;
  readonly rules: RuleSet;
  readonly sender: Sender;
  readonly connectorId: string;

  /** @throws an error with a `code` for whatever a person must put right. */
  constructor(home: string) {
    const { folder } = componentHome(home, 'connect-sync');
    const paths = agentHome(home);
    const identity = loadIdentity(paths);
    if (identity === undefined) throw new CallError('not-enrolled', 'this agent is not enrolled');
    this.home = home;
    this.configuration = loadConfiguration(join(folder, 'configuration.yaml'));
    const [{ name: first }] = this.configuration.connectors as readonly [ConnectorConfiguration];
    const connector = identity.connectors.find(({ name }) => name === first);
    if (connector === undefined) {
      throw new CallError('connector-unknown', `this agent is not enrolled for the connector ${first}`);
    }
    this.connectorId = connector.id;
    this.sender = { key: loadOrMakeKey(paths), controlPlane: identity.controlPlane, url: identity.url };
    this.rules = loadRuleSet(ownRuleFiles(join(folder, 'rules')));
  }

  /** The same with other rules, to try them. */
  withRules(rules: RuleSet): Prepared {
    return Object.assign(Object.create(Prepared.prototype) as Prepared, this, { rules });
  }

  /** SHA-256 of the configuration as it is understood: two builds that read it alike give the same. */
  get digest(): string {
    return createHash('sha256').update(JSON.stringify(this.configuration)).digest('hex');
  }

  get dependencies(): readonly Dependency[] {
    const cloud = new URL(this.sender.url);
    const sources = this.configuration.connectors.map(
      ({ source }): Dependency =>
        // One of several servers is enough, and which one answers changes: the first stands for them.
        source.kind === 'ldap' ? tcp(new URL(source.urls[0]!), 389, 636) : { kind: 'file', path: source.file },
    );
    return [...sources, tcp(cloud, 80, 443)];
  }
}

function tcp(url: URL, plainPort: number, tlsPort: number): Dependency {
  const port = url.port === '' ? (url.protocol.endsWith('s:') ? tlsPort : plainPort) : Number(url.port);
  return { kind: 'tcp', host: url.hostname.replace(/^\[|\]$/g, ''), port };
}

/** Reads every rule file of the administrator's own, in the order of their names. */
function ownRuleFiles(folder: string): { name: string; text: string }[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => /\.ya?ml$/.test(name));
  return names.sort().map((name) => ({ name: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}
