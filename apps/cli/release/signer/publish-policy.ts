/** Puts a policy in force: the Director names it, and every release that it sends hosts to. */
import { imageTargets } from '../delegations.ts';
import { removeOldPolicies, writePolicyFile } from '../policy.ts';
import { nextDirectorTargets, recalledIn } from '../publish.ts';
import { readRecord } from '../record.ts';
import { keysHome } from '../roles.ts';
import { readRepositories, signRepositories, type Turn } from '../sign.ts';

/** Agents hear of it at their next look. @throws {PublishError} */
export async function publishPolicy(turn: Turn, text: string): Promise<void> {
  const { home } = turn.lock;
  const repositories = readRepositories(home);
  const recalled = recalledIn(repositories, readRecord(keysHome(home).record));
  const policy = writePolicyFile(home, text);
  await signRepositories(turn, { director: nextDirectorTargets(imageTargets(repositories.image), recalled, policy) });
  removeOldPolicies(home, policy);
}
