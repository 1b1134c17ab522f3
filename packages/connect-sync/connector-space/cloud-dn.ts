/** DNs of the cloud's connector space: flat, made of the source anchor. */

/** `CN={hex of the UTF-8 of the source anchor}`. */
export function cloudDn(sourceAnchor: string): string {
  return `CN={${Buffer.from(sourceAnchor).toString('hex').toUpperCase()}}`;
}

export function sourceAnchorFromCloudDn(dn: string): string {
  return Buffer.from(dn.slice('CN={'.length, -1), 'hex').toString('utf8');
}
