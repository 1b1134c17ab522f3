/** What a new agent is told to trust first (rule S4): the SHA-256 of the first root of each repository. */
import { createHash } from 'node:crypto';
import { ProblemError } from '@springline/api/problem';
import { openPlainFile } from './plain-file.ts';
import type { RepositoryName } from './repository-path.ts';

export interface RootPins {
  /** 43 base64url characters. */
  readonly imageRoot: string;
  readonly directorRoot: string;
}

/** As the clients of the repositories bound it. */
const rootLimitBytes = 512 * 1024;

/**
 * Read anew each time: a release may be published while the control plane runs.
 *
 * @throws {ProblemError} `repository-missing` when one of the two has no first root.
 */
export async function readRootPins(folder: string): Promise<RootPins> {
  return { imageRoot: await pinOf(folder, 'image'), directorRoot: await pinOf(folder, 'director') };
}

async function pinOf(folder: string, repository: RepositoryName): Promise<string> {
  const file = await openPlainFile(folder, [repository, 'metadata', '1.root.json']);
  try {
    if (file === undefined || file.sizeBytes === 0 || file.sizeBytes > rootLimitBytes) {
      throw new ProblemError(
        'repository-missing',
        `the ${repository} repository has no 1.root.json; publish a release first: springline release publish`,
      );
    }
    return createHash('sha256')
      .update(await file.handle.readFile())
      .digest('base64url');
  } finally {
    await file?.handle.close();
  }
}
