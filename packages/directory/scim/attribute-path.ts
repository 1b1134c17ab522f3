/**
 * Attribute notation (RFC 7644 3.10): `userName`, `name.givenName`,
 * `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value`. Only the spelling is judged here; what a
 * path means for a resource type is in `resource-type.ts`.
 */
import { ScimError, type ScimType } from './scim-error.ts';

export interface AttributePath {
  /** Schema URN in front of the name, as written. */
  readonly urn?: string;
  readonly name: string;
  readonly sub?: string;
}

// `$ref` is an attribute of the RFC although its own grammar wants a letter first.
const namePattern = /^[A-Za-z$][A-Za-z0-9_$-]*$/;
const urnPattern = /^[A-Za-z][A-Za-z0-9+.-]*(?::[A-Za-z0-9._~%@/+$-]+)+$/;

/**
 * Parses one attribute path. `column` is where it starts in the surrounding text.
 * @throws {ScimError} `scimType` (invalidPath unless told) when it is no attribute path.
 */
export function parseAttributePath(text: string, column = 1, scimType: ScimType = 'invalidPath'): AttributePath {
  const colon = text.lastIndexOf(':');
  const urn = colon < 0 ? undefined : text.slice(0, colon);
  const [name = '', sub, ...rest] = text.slice(colon + 1).split('.');
  const sound =
    namePattern.test(name) &&
    (sub === undefined || namePattern.test(sub)) &&
    rest.length === 0 &&
    (urn === undefined || urnPattern.test(urn));
  if (!sound) {
    const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
    throw new ScimError(scimType, `${JSON.stringify(shown)} is no attribute name`, { column });
  }
  return { ...(urn === undefined ? {} : { urn }), name, ...(sub === undefined ? {} : { sub }) };
}

/** The inverse of `parseAttributePath`. */
export function printAttributePath(path: AttributePath): string {
  const prefix = path.urn === undefined ? '' : `${path.urn}:`;
  return path.sub === undefined ? `${prefix}${path.name}` : `${prefix}${path.name}.${path.sub}`;
}
