/** The small bounded strings that other shapes are made of. */
import { z } from 'zod';

export const uuid = z
  .string()
  .regex(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/, 'a lower-case UUID');
/** RFC 3339 instant in UTC with milliseconds: `2026-11-22T14:00:00.000Z`. */
export const instant = z.iso.datetime({ offset: false });
/** A name that people gave: no control characters, 1 to 256 characters. */
export const displayText = z
  .string()
  .min(1)
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f]*$/, 'no control characters');
/** Two to four numeric fields; missing ones count as 0. */
export const version = z.string().regex(/^\d{1,9}(\.\d{1,9}){1,3}$/, 'two to four numeric fields, as 1.2.3.0');
/** The immutable key of an object in every system that sync touches; opaque and case-sensitive. */
export const sourceAnchor = z.string().min(1).max(256);
/** A stable code: lower-case words with dashes, or a name of the field's own such as AttributeValueMustBeUnique. */
export const code = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9-]{0,99}$/);
export const componentNames = [
  'connect-sync',
  'cloud-sync',
  'health-sync',
  'health-ad-ds',
  'health-ad-fs',
  'agent-updater',
] as const;
/** What an agent host runs and upgrades, each by itself. */
export const componentName = z.enum(componentNames);
/** Of a rollout: canary, early, broad, or whatever an installation calls its rings. */
export const ringName = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/, 'lower-case letters, digits and dashes');
