/** What can be downloaded now: of each component the newest build that is good to have, one file for each platform. */
import type { ComponentName } from '@springline/api/shapes/agent';
import type { ReleaseView } from '@springline/api/shapes/auto-upgrade';

export interface Download {
  readonly component: ComponentName;
  readonly release: ReleaseView;
  readonly files: readonly DownloadFile[];
  /** A newer one that is passed over, and why. */
  readonly passedOver: readonly { readonly version: string; readonly why: string }[];
}

export interface DownloadFile {
  /** `linux-x64`. */
  readonly platform: string;
  /** Of the archive, hex. */
  readonly sha256: string;
  readonly sizeBytes?: number;
  readonly command: string;
}

/** `releases` has the newest of each component first. */
export function downloadsOf(releases: readonly ReleaseView[]): readonly Download[] {
  return [...Map.groupBy(releases, ({ component }) => component)].flatMap(([component, all]) => {
    const release = all.find((each) => refusalOf(each) === undefined);
    if (release === undefined) return [];
    const passedOver = all
      .slice(0, all.indexOf(release))
      .map((each) => ({ version: each.version, why: refusalOf(each) ?? '' }));
    return [{ component, release, files: filesOf(release), passedOver }];
  });
}

function refusalOf({ isRecalled, deliberatelyBroken }: ReleaseView): string | undefined {
  if (isRecalled === true) return 'its publisher called it back';
  return deliberatelyBroken === undefined ? undefined : 'it is made to fail, for rehearsals';
}

function filesOf({ component, version, targets = {}, sizes = {} }: ReleaseView): readonly DownloadFile[] {
  return Object.entries(targets)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([platform, sha256]) => {
      const sizeBytes = sizes[platform];
      return {
        ...{ platform, sha256, ...(sizeBytes === undefined ? {} : { sizeBytes }) },
        command: `springline download ${component} --version ${version} --platform ${platform}`,
      };
    });
}

/** `84.2 MB`: millions of bytes, as disks and downloads are sold. */
export function sizeWords(bytes: number): string {
  if (bytes < 1_000_000) return `${Math.max(1, Math.round(bytes / 1_000))} kB`;
  return `${(bytes / 1_000_000).toFixed(1)} MB`;
}

const platformNames: Readonly<Record<string, string>> = {
  'linux-x64': 'Linux, x64',
  'linux-arm64': 'Linux, ARM64',
  'win-x64': 'Windows, x64',
};
export const platformWords = (platform: string): string => platformNames[platform] ?? platform;
