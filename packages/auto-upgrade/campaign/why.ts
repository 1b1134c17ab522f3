/** Why a server is below, in a sentence, where several of its components are. Pure. */
import { type Group, waitsItsTurn } from './judge.ts';

/** Each reason once. That a component only waits goes without saying where something else of it stands in the way. */
export function whyOf(components: readonly { readonly why: string }[], group: Group): string {
  const whys = [...new Set(components.map(({ why }) => why))];
  const telling = group === 'upgrading' ? whys : whys.filter((why) => why !== waitsItsTurn);
  return (telling.length === 0 ? whys : telling).join('; ');
}
