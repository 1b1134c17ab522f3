/** A tenant's wish for one host, as a form: texts in, problems and the wish out. A wish only holds back. */
import type { WishView } from '@springline/api/shapes/rollout';

export interface WishForm {
  readonly isOptedOut: boolean;
  readonly pin: string;
  readonly ring: string;
  /** `datetime-local` texts in the browser's zone. */
  readonly freezeFrom: string;
  readonly freezeUntil: string;
  /** What the form does not show and must not lose. */
  readonly kept: WishView;
}

export type WishField = 'pin' | 'ring' | 'freeze';

const freezeName = 'Portal';

export function formOf(wish: WishView): WishForm {
  const own = wish.freezes?.find(({ name }) => name === freezeName);
  return {
    isOptedOut: wish.disabled === true,
    pin: wish.pin ?? '',
    ring: wish.ring ?? '',
    freezeFrom: own === undefined ? '' : localText(own.from),
    freezeUntil: own === undefined ? '' : localText(own.until),
    kept: wish,
  };
}

export function wishProblems(form: WishForm): Partial<Record<WishField, string>> {
  const [from, until] = [new Date(form.freezeFrom).getTime(), new Date(form.freezeUntil).getTime()];
  const isFrozen = form.freezeFrom !== '' || form.freezeUntil !== '';
  return {
    ...(form.pin.trim() === '' || /^\d{1,9}(\.\d{1,9}){1,3}$/.test(form.pin.trim())
      ? {}
      : { pin: 'A version of two to four numbers, as 2.3.2.0.' }),
    ...(form.ring.trim() === '' || /^[a-z][a-z0-9-]{0,31}$/.test(form.ring.trim())
      ? {}
      : { ring: 'Lower-case letters, digits and hyphens.' }),
    ...(!isFrozen || from < until ? {} : { freeze: 'Say both, and an end after the beginning.' }),
  };
}

/** `undefined` while something is wrong. */
export function wishOf(form: WishForm): WishView | undefined {
  if (Object.keys(wishProblems(form)).length > 0) return undefined;
  const { disabled: _, pin: __, ring: ___, freezes = [], ...rest } = form.kept;
  const instant = (text: string) => new Date(text).toISOString();
  const own =
    form.freezeFrom === ''
      ? []
      : [{ name: freezeName, from: instant(form.freezeFrom), until: instant(form.freezeUntil) }];
  const all = [...freezes.filter(({ name }) => name !== freezeName), ...own];
  return {
    ...rest,
    ...(form.isOptedOut ? { disabled: true } : {}),
    ...(form.pin.trim() === '' ? {} : { pin: form.pin.trim() }),
    ...(form.ring.trim() === '' ? {} : { ring: form.ring.trim() }),
    ...(all.length === 0 ? {} : { freezes: all }),
  };
}

export const isEmptyWish = (wish: WishView): boolean => Object.keys(wish).length === 0;

/** What `datetime-local` shows for an instant, by the browser's zone. */
function localText(instant: string): string {
  const at = new Date(instant);
  return new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16);
}
