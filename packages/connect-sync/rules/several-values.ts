/** Which attributes of the metaverse and of the cloud have several values, and which have one. */
import type { SyncRule } from './rule.ts';

/** Attributes with several values, in the metaverse and in the cloud, in lower case. */
const multiValued: ReadonlySet<string> = new Set(
  `altRecipient authOrig unauthOrig dLMemRejectPerms dLMemSubmitPerms member owner publicDelegates
  cloudPublicDelegates registeredUsersReference certificateUserIds sIDHistory userCertificate userSMIMECertificate
  deviceKey otherFacsimileTelephoneNumber otherHomePhone otherIpPhone otherMobile otherPager otherTelephone
  proxyAddresses postalAddress roomNumber servicePrincipalName businessCategory`
    .toLowerCase()
    .split(/\s+/),
);
/** Mail and telephony have dozens more of either sort, and extensions are what their owner made them. */
const undecided = /^(?:cloudMSExch|msExch|msRTCSIP|msDs|msOrg|extension_)/i;

/**
 * Whether an attribute has several values; undefined when that is not known.
 *
 * @param written what the rules that come with the product write (`writtenByStandard`).
 */
export function isMultiValued(attribute: string, written: ReadonlySet<string>): boolean | undefined {
  if (multiValued.has(attribute.toLowerCase())) return true;
  return undecided.test(attribute) || !written.has(attribute) ? undefined : false;
}

/** Attributes that rules which come with the product write: what these take is known. */
export function writtenByStandard(rules: readonly SyncRule[]): ReadonlySet<string> {
  return new Set(rules.filter(({ standard }) => standard).flatMap(({ flows }) => flows.map(({ target }) => target)));
}

/** Attributes that rules write and that have one value for certain. */
export function singleValuedTargets(rules: readonly SyncRule[]): ReadonlySet<string> {
  const written = writtenByStandard(rules);
  const targets = rules.flatMap(({ flows }) => flows.map(({ target }) => target));
  return new Set(targets.filter((target) => isMultiValued(target, written) === false));
}
