/** Answers to agents are signed and bound to their request, so that no proxy can alter or exchange them (rule S15). */
import type { KeyObject } from 'node:crypto';
import { type SignedHeaders, signAnswer } from '@springline/api/signature/message';
import type { EpochMs } from '@springline/ports/clock';

/** Headers for the answer; undefined when the request had no signature to bind it to. */
export function answerSignature(
  answer: { readonly status: number; readonly body: Uint8Array; readonly requestSignature: unknown },
  key: { readonly privateKey: KeyObject; readonly keyId: string },
  now: EpochMs,
): SignedHeaders | undefined {
  const { status, body, requestSignature } = answer;
  if (typeof requestSignature !== 'string' || !/^springline=:[A-Za-z0-9+/]{86}==:$/.test(requestSignature)) {
    return undefined;
  }
  return signAnswer({ status, body, requestSignature }, key, Math.floor(now / 1000));
}
