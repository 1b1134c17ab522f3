/**
 * Installs the Debian packages that test services need, where the machine lacks them and we are root.
 *
 * Packages like to start what they carry. While we install, a `policy-rc.d` forbids that; it is removed afterwards, also
 * when the installation fails or is cut short. One run at a time installs: the others wait for the lock and then find
 * the work done.
 */
import { existsSync, globSync } from 'node:fs';
import { ServiceUnavailable } from './facts.ts';
import { run } from './process-group.ts';

const installTimeoutMs = 15 * 60_000;

/** A Debian package and a file (or pattern of `node:fs` glob) that is there once it is installed. */
export interface PackageNeed {
  readonly name: string;
  readonly file: string;
}

/** Where installing happens; only tests give another place than the machine itself. */
export interface InstallPlace {
  readonly policyFile: string;
  /** A folder that is locked with flock(2); a folder, so that nothing has to be made or left behind. */
  readonly lockFolder: string;
  readonly commandPath: string;
  readonly isRoot: boolean;
}

/** The machine we run on. */
export function thisMachine(): InstallPlace {
  return {
    policyFile: '/usr/sbin/policy-rc.d',
    lockFolder: '/var/cache/apt',
    commandPath: '/usr/sbin:/usr/bin:/sbin:/bin',
    isRoot: process.getuid?.() === 0,
  };
}

// $1 the policy file, the rest package names. An existing policy is somebody else's and stays, unless it is one of ours
// that a killed run left. Several packages in one apt-get call, so that they are fetched and configured together.
const installScript = `
set -eu
policy=$1; shift
mark='# made by the Springline tests while they install packages'
if [ ! -e "$policy" ] || grep -qxF "$mark" "$policy"; then
  trap 'rm -f "$policy"' EXIT
  trap 'exit 1' INT TERM HUP
  printf '#!/bin/sh\\n%s\\nexit 101\\n' "$mark" > "$policy"
  chmod 755 "$policy"
fi
export DEBIAN_FRONTEND=noninteractive
echo 'slapd slapd/no_configuration boolean true' | debconf-set-selections
apt-get update -qq
apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=600 "$@"
`;

/** The packages of `needs` whose file is not there. */
export function missingPackages(needs: readonly PackageNeed[]): string[] {
  return needs
    .filter((need) => (need.file.includes('*') ? globSync(need.file).length === 0 : !existsSync(need.file)))
    .map((need) => need.name);
}

/**
 * Makes sure that every package of `needs` is installed.
 * @throws {ServiceUnavailable} when one is missing and cannot be installed: not root, not Debian, no network.
 */
export async function ensurePackages(needs: readonly PackageNeed[], place = thisMachine()): Promise<void> {
  const missing = missingPackages(needs);
  if (missing.length === 0) return;
  const names = missing.join(', ');
  if (!place.isRoot) throw new ServiceUnavailable(`missing Debian packages: ${names}; only root can install them`);
  process.stderr.write(`installing for the tests: ${names}\n`);
  try {
    await run(
      {
        command: 'flock',
        args: ['--wait', '900', place.lockFolder, 'sh', '-c', installScript, 'install', place.policyFile, ...missing],
        env: { PATH: place.commandPath },
      },
      { timeoutMs: installTimeoutMs },
    );
  } catch (cause) {
    throw new ServiceUnavailable(`Debian packages could not be installed: ${names}`, { cause });
  }
  const still = missingPackages(needs);
  if (still.length > 0) throw new ServiceUnavailable(`installed, yet without the expected files: ${still.join(', ')}`);
}
