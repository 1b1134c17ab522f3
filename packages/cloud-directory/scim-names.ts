/** Which cloud attribute fills which SCIM attribute, where one text becomes one text. The first that is there counts. */
import { type Attributes, flagOf, type ObjectType, textOf } from './cloud-object.ts';

const personSources = {
  userName: ['userPrincipalName'],
  displayName: ['displayName', 'commonName', 'cn'],
  givenName: ['givenName'],
  familyName: ['surname'],
  middleName: ['middleName'],
  title: ['jobTitle', 'title'],
  userType: ['userType', 'employeeType'],
  preferredLanguage: ['preferredLanguage'],
  employeeNumber: ['employeeId', 'employeeNumber'],
  organization: ['companyName', 'company'],
  department: ['department'],
} as const satisfies Record<string, readonly string[]>;

export type PersonText = keyof typeof personSources;

/** What a person shows under a SCIM name. */
export function personText(attributes: Attributes, name: PersonText): string | undefined {
  return textOf(attributes, ...personSources[name]);
}

/** A person without displayName goes by the common name; a group always has one. */
export function displayNameOf(type: ObjectType, attributes: Attributes): string | undefined {
  return type === 'group' ? textOf(attributes, 'displayName') : personText(attributes, 'displayName');
}

/** Who does not say otherwise is active: a source without disabled accounts has no accountEnabled. */
export function isActive(attributes: Attributes): boolean {
  return flagOf(attributes, 'accountEnabled') !== false;
}
