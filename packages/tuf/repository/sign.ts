/** One metadata file from its members and signers. It is written so that clients find the signed bytes as they stand. */
import { canonicalText, jsonText, type WritableValue } from '../canonical-json.ts';
import type { Signer } from '../key.ts';

export interface SignedFile {
  /** Below `metadata/`, as `3.targets.json`. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Signatures cover the canonical form; the order of the signers does not show. */
export function signFile(name: string, signed: WritableValue, signers: readonly Signer[]): SignedFile {
  const canonical = canonicalText(signed);
  const message = Buffer.from(canonical);
  const signatures = signers
    .map((signer) => ({ keyid: signer.keyId, sig: Buffer.from(signer.sign(message)).toString('hex') }))
    .sort((a, b) => (a.keyid < b.keyid ? -1 : 1));
  // Control characters (line breaks of a PEM key) stand raw in the canonical form; JSON must escape them.
  const text = /[\u0000-\u001f]/.test(canonical) ? jsonText(signed) : canonical;
  return { name, bytes: Buffer.from(`{"signatures":${jsonText(signatures)},"signed":${text}}`) };
}
