/** The form of a userPrincipalName: an RFC 822 address with the characters that sign-in accepts. */

const local = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const domainLabel = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** What is wrong with `value`, in words that end a sentence; undefined when it may sign in. */
export function faultOfUserPrincipalName(value: string): string | undefined {
  const at = value.lastIndexOf('@');
  const name = value.slice(0, at);
  if (at < 1 || at === value.length - 1) return 'is not of the form name@domain';
  if (name.length > 64) return 'has more than 64 characters before the @';
  if (value.length > 255) return 'has more than 255 characters';
  if (!local.test(name)) return 'has a character or a dot before the @ that sign-in does not accept';
  if (
    !value
      .slice(at + 1)
      .split('.')
      .every((label) => domainLabel.test(label))
  )
    return 'has no DNS name behind the @';
  return undefined;
}
