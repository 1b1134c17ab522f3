/**
 * What the bridge build does once an administrator has given an enrolment string: it holds the string against the Image
 * root that was built in, and installs this host from both repositories, all verified. A program of its own:
 * `HOME BUILT-IN-PIN`, the string on standard input. For tests only.
 */
import { text } from 'node:stream/consumers';
import { installFirst } from '@springline/agent/upgrader/first-install';
import { parseEnrolmentString } from '@springline/api/enrolment-string';

const [home = '', pin = ''] = process.argv.slice(2);
const { url, imageRoot, directorRoot } = parseEnrolmentString(await text(process.stdin));
const hexOf = (base64url: string): string => Buffer.from(base64url, 'base64url').toString('hex');
const pins = { image: hexOf(imageRoot), director: hexOf(directorRoot) };
if (pins.image !== pin) throw new Error('the enrolment string is of another Image root than the one built in');
const components = ['agent-updater', 'connect-sync'];
await installFirst({ home, url, pins, components }, () => undefined, new AbortController().signal);
