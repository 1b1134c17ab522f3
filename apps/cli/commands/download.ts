/** `springline download`: a release as a file, verified as agents verify it. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { hostPlatform } from '@springline/agent/upgrader/first-install';
import { type RootPins, trustedPins } from '@springline/agent/upgrader/trust-store';
import { versionNumbers } from '@springline/auto-upgrade/history/history';
import { components, platforms } from '@springline/auto-upgrade/release/target-path';
import { Argument, type Command, Option } from 'commander';
import { controlPlaneUrl } from '../control-plane-client.ts';
import { requireNewFile } from '../new-file.ts';
import { CommandError, green, print, printJson } from '../output.ts';
import { withVerifiedRelease } from '../release/download.ts';
import { megabytes } from '../release/pack.ts';
import { keysHome } from '../release/roles.ts';
import { rootPins } from '../release/root-pins.ts';
import { Progress } from '../up/progress.ts';

interface Words {
  readonly home: string;
  readonly version?: string;
  readonly platform: string;
  readonly to?: string;
  readonly url?: string;
  readonly imageRoot?: string;
  readonly directorRoot?: string;
  readonly dryRun?: boolean;
  readonly json?: boolean;
}

export function registerDownload(program: Command): void {
  program
    .command('download')
    .description('fetch a release and verify it: both repositories, recalls, length and digest')
    .addArgument(new Argument('<component>', 'which').choices([...components]))
    .option('--version <version>', 'this version and not the newest that is named')
    .addOption(
      new Option('--platform <platform>', 'for which machines').choices([...platforms]).default(hostPlatform()),
    )
    .option('--to <file>', 'where the archive goes; default COMPONENT-VERSION-PLATFORM.tar here')
    .option('--url <origin>', 'where the repositories are; default the control plane of the home')
    .option('--image-root <sha256>', 'digest of the first Image root, where there is no home that pins it')
    .option('--director-root <sha256>', 'the same of the Director')
    .option('--home <folder>', 'where everything is kept', '.springline')
    .option('--dry-run', 'verify and say what would be fetched, write nothing')
    .option('--json', 'for programs')
    .addHelpText(
      'after',
      `
Examples:
  springline download connect-sync
  springline download connect-sync --version 0.1.0.4 --dry-run
  springline download agent-updater --platform linux-arm64 --to updater.tar`,
    )
    .action(async (component: string, words: Words) => {
      const { home, version, platform, to, dryRun, json } = words;
      if (version !== undefined && versionNumbers(version) === undefined) {
        throw new CommandError(`${version} is no version`, 2);
      }
      if (to !== undefined) requireNewFile(to, '--to');
      const url = words.url ?? controlPlaneUrl(home, 8743);
      if (!URL.canParse(url)) throw new CommandError('--url is an origin, as https://updates.example.com', 2);
      const pins = pinsOf(words);
      const plan = { url, pins, component, platform, ...(version === undefined ? {} : { version }) };
      await withVerifiedRelease(plan, async (found, bring) => {
        const file = resolve(to ?? `${component}-${found.version}-${platform}.tar`);
        const name = `${component} ${found.version}`;
        requireNewFile(file, '--to');
        if (dryRun === true) {
          if (json === true) return printJson({ ...found, file, dryRun: true });
          return print(
            `would write ${name} (${megabytes(found.sizeBytes)}) to ${file}; genuine, SHA-256 ${found.sha256}`,
          );
        }
        if (json === true) {
          await bring(file, () => undefined);
          return printJson({ ...found, file });
        }
        await new Progress(process.stdout).step('download', (say) =>
          bring(file, (bytes, total) => say(`${name}, ${Math.round((100 * bytes) / total)} %`)),
        );
        print(`${green('verified')} ${name}, release ${found.releaseNumber}, SHA-256 ${found.sha256}\n${file}`);
      });
    });
}

/** Given ones, those that the agent of the home trusts, or those of the home's own keys. */
function pinsOf({ home, imageRoot, directorRoot }: Words): RootPins {
  if (imageRoot !== undefined || directorRoot !== undefined) {
    const isDigest = (text: string | undefined): text is string => text !== undefined && /^[0-9a-f]{64}$/.test(text);
    if (isDigest(imageRoot) && isDigest(directorRoot)) return { image: imageRoot, director: directorRoot };
    throw new CommandError('--image-root and --director-root go together, each 64 lower-case hex digits', 2);
  }
  const trusted = trustedPins(resolve(home));
  if (trusted !== undefined) return trusted;
  if (existsSync(keysHome(resolve(home)).root('image'))) return rootPins(resolve(home));
  throw new CommandError(
    `nothing in ${home} says which roots to trust. Name them: --image-root and --director-root (springline agent trust show on a host that has them).`,
  );
}
