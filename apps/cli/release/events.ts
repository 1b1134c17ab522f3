/** Every event that the keeper of the repositories logs. Fields are codes, versions and counts; never a secret. */
export const keeperEvents = {
  keysMade: 'keeper.keys-made',
  published: 'keeper.published',
  signed: 'keeper.signed',
  failed: 'keeper.failed',
  bridgeSigned: 'keeper.bridge-signed',
  bridgeUnsigned: 'keeper.bridge-unsigned',
  policyPublished: 'signer.policy-published',
  letThrough: 'signer.let-through',
  signerFailed: 'signer.failed',
} as const;
