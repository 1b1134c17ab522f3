/**
 * Which addresses the control plane may connect to on somebody's word (rule S30). What matters is where a packet would
 * go, so addresses are judged as the network takes them, whatever way they were written in.
 *
 * - `public`: anybody may name it.
 * - `private`: loopback, RFC 1918, shared (RFC 6598) and unique local (RFC 4193) addresses; the operator must allow the host.
 * - `never`: link-local (metadata services of clouds live there), unspecified, multicast, reserved, documentation, and
 *   IPv6 forms that carry an IPv4 address to a translator.
 */
import { BlockList, isIP } from 'node:net';

export type AddressClass = 'public' | 'private' | 'never';

const private4 = listOf('ipv4', ['10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16']);
const never4 = listOf('ipv4', [
  '0.0.0.0/8',
  '100.100.100.200/32', // metadata service of a cloud, within the shared range
  '169.254.0.0/16',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/3',
]);
const private6 = listOf('ipv6', ['::1/128', 'fc00::/7']);
const never6 = listOf('ipv6', [
  'fd00:ec2::254/128', // metadata service of a cloud, within the unique local range
  '2001::/23', // Teredo and other protocol assignments
  '2001:db8::/32',
  '2002::/16', // 6to4
  '3fff::/20',
]);
/** All that was given out so far (IANA); what is outside goes nowhere that anybody means. */
const global6 = listOf('ipv6', ['2000::/3']);

/** @throws {TypeError} when `address` is no IP address. */
export function addressClass(address: string): AddressClass {
  const family = isIP(address);
  if (family === 0) throw new TypeError('not an IP address');
  if (family === 4) {
    if (never4.check(address, 'ipv4')) return 'never';
    return private4.check(address, 'ipv4') ? 'private' : 'public';
  }
  // A zone (`fe80::1%eth0`) is for link-local addresses only.
  if (address.includes('%')) return 'never';
  const mapped = mappedIpv4(address);
  if (mapped !== undefined) return addressClass(mapped);
  if (never6.check(address, 'ipv6')) return 'never';
  if (private6.check(address, 'ipv6')) return 'private';
  return global6.check(address, 'ipv6') ? 'public' : 'never';
}

/** The IPv4 address in `::ffff:a.b.c.d`, however it was written: the system connects to that one. */
function mappedIpv4(address: string): string | undefined {
  // The URL parser writes IPv6 in its one shortest form.
  const shortest = new URL(`http://[${address}]`).hostname;
  const groups = /^\[::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})\]$/.exec(shortest);
  if (groups === null) return undefined;
  const [high, low] = [Number.parseInt(groups[1]!, 16), Number.parseInt(groups[2]!, 16)];
  return [high >> 8, high & 0xff, low >> 8, low & 0xff].join('.');
}

function listOf(family: 'ipv4' | 'ipv6', subnets: readonly string[]): BlockList {
  const list = new BlockList();
  for (const subnet of subnets) {
    const [network, bits] = subnet.split('/');
    list.addSubnet(network!, Number(bits), family);
  }
  return list;
}
