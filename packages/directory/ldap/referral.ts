/**
 * Referrals are told and not followed. AD refers from a domain to its own DNS, configuration and schema partitions, which
 * are not part of what is read.
 */
export function isOwnPartition(referral: string): boolean {
  return /^[^/]*\/\/[^/]*\/(CN=Configuration|CN=Schema|DC=(Domain|Forest)DnsZones),/i.test(referral);
}
