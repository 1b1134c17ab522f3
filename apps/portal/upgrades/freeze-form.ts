/** What a person fills in to freeze every rollout for a while. */

/** Why this is no freeze, in a sentence; `undefined` when it is one. */
export function freezeRefusal(
  name: string,
  fromMs: number,
  untilMs: number,
  taken: readonly { readonly name: string }[],
): string | undefined {
  if (name === '') return 'Give it a name.';
  if (taken.some((each) => each.name === name)) return 'Another freeze has this name.';
  if (!Number.isFinite(fromMs) || !Number.isFinite(untilMs)) return 'Say from when until when.';
  return fromMs < untilMs ? undefined : 'It ends before it begins.';
}
