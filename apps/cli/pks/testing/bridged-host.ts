/**
 * A host on its way from PKS to the Hybrid Upgrade Service, with real processes: the legacy client of `conformance/`,
 * the installation by the verifying path, and then the installed Agent Updater. For tests only.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { formatConfiguration } from '@springline/agent/components/connect-sync/configuration';
import { defaultConsentText } from '@springline/agent/consent';
import { agentHome, componentHome } from '@springline/agent/home';
import { nextLaunch } from '@springline/agent/launcher/launch';
import { ChangingDirectory } from '../../testing/changing-directory.ts';

const legacyClient = join(import.meta.dirname, '..', '..', '..', '..', 'conformance', 'pks-client', 'main.ts');
const bridgeInstall = join(import.meta.dirname, 'bridge-install.ts');

export interface LegacySaid {
  readonly exitCode: number | null;
  readonly channel?: 'PKS' | 'bridged';
  readonly bridge?: string;
  readonly sha256?: string;
  readonly file?: string;
  readonly code?: string;
  readonly message?: string;
}

export interface HostWords {
  readonly home: string;
  readonly url: string;
  /** SHA-256 of the Image repository's first root, as built into the legacy client. */
  readonly pin: string;
  readonly hostName: string;
  readonly productKey: string;
}

export class BridgedHost {
  readonly #words: HostWords;
  #agent: ChildProcess | undefined;

  constructor(words: HostWords) {
    this.#words = words;
    mkdirSync(words.home, { recursive: true, mode: 0o700 });
    writeFileSync(join(words.home, 'product-key'), `${words.productKey}\n`);
  }

  /** Asks PKS by the legacy client, as the build `version`. */
  async askPks(version: string, component = 'connect-sync', pin = this.#words.pin): Promise<LegacySaid> {
    const { home, url, hostName } = this.#words;
    const { code, output } = await ended(
      spawn(
        process.execPath,
        [
          legacyClient,
          ...['--url', url, '--pin', pin, '--component', component, '--version', version, '--host-name', hostName],
          ...['--key-file', join(home, 'product-key'), '--into', join(home, 'bridge')],
        ],
        { stdio: ['ignore', 'pipe', 'inherit'] },
      ),
    );
    return { exitCode: code, ...(JSON.parse(output) as object) };
  }

  /** Installs what both repositories agree on; false when that was refused. */
  async install(enrolmentString: string, pin = this.#words.pin): Promise<boolean> {
    const child = spawn(process.execPath, [bridgeInstall, this.#words.home, pin], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child.stdin.end(enrolmentString);
    return (await ended(child)).code === 0;
  }

  /** Gives the host something to sync, and what it consents to. */
  configure(connector: string): void {
    const { home } = this.#words;
    const directory = new ChangingDirectory(join(home, 'directory.ldif'), { people: 12, groups: 2, seed: 7 });
    const { folder } = componentHome(home, 'connect-sync');
    const source = { kind: 'ldif', file: directory.file } as const;
    writeFileSync(join(folder, 'configuration.yaml'), formatConfiguration({ connector, source, intervalSeconds: 300 }));
    writeFileSync(agentHome(home).consent, defaultConsentText('DC=changing,DC=example'), { mode: 0o600 });
  }

  /** Starts the installed Agent Updater, which enrols with the string; resolves when it is ready. */
  async startAgent(enrolmentString: string): Promise<void> {
    const { home } = this.#words;
    const { runtime, bundle } = nextLaunch(home);
    const log = openSync(join(home, 'agent.log'), 'a');
    const child = spawn(runtime, [bundle, home, '--enrol'], { stdio: ['pipe', 'ignore', log, 'ipc'] });
    this.#agent = child;
    child.stdin!.end(enrolmentString);
    await new Promise<void>((resolve, reject) => {
      child.on('message', (message: { type?: string }) => message.type === 'ready' && resolve());
      child.once('exit', (code) => reject(new Error(`the agent ended with ${code}`)));
    });
  }

  async stop(): Promise<void> {
    if (this.#agent === undefined || this.#agent.exitCode !== null) return;
    const exit = once(this.#agent, 'exit');
    if (this.#agent.connected) this.#agent.disconnect();
    await exit;
  }
}

async function ended(child: ChildProcess): Promise<{ readonly code: number | null; readonly output: string }> {
  let output = '';
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output };
}
