/**
 * Which attributes hold secrets: passwords, keys, recovery. They never leave their directory, whatever a consent file, a
 * rule or a question says (rule S1). Imports nothing, since the Agent Updater asks it too.
 */

/** Attributes that hold secrets: passwords, keys, LAPS and BitLocker recovery. Lower case. */
const secretAttributes = new Set(
  `unicodepwd userpassword dbcspwd ntpwdhistory lmpwdhistory supplementalcredentials clearpassword orclpassword
   msds-managedpassword msds-managedpasswordpreviousid msds-groupmsamembership currentvalue priorvalue
   initialauthincoming initialauthoutgoing trustauthincoming trustauthoutgoing ms-mcs-admpwd
   msfve-recoverypassword msfve-keypackage mspki-accountcredentials mspkidpapimasterkeys krbprincipalkey sambantpassword
   sambalmpassword sambapasswordhistory sambacleartextpassword pwdhistory authpassword unixuserpassword
   mssfu30password userpkcs12 mskds-rootkeydata msds-executescriptpassword mstpm-ownerinformation
   mstpm-ownerinformationtemp mstpm-srkpubthumbprint mspki-credentialroamingtokens ipanthash krbmkey
   oathsecret oathenckey ipatokenotpkey ipanttrustauthincoming ipanttrustauthoutgoing nsslapd-rootpw olcrootpw
   radiussharedsecret`.split(/\s+/),
);

/**
 * Whether an attribute holds a secret. LAPS keeps adding attributes, so its whole prefix counts; so does any name that ends
 * in “password”, “secret”, “otpkey” or “rootpw”, and a numeric OID, which would be a secret under another name.
 */
export function isSecretAttribute(name: string): boolean {
  const lower = name.toLowerCase().split(';')[0]!;
  return secretAttributes.has(lower) || /^mslaps-|(?:passw(?:or)?d|secret|otpkey|rootpw)$|^\d/.test(lower);
}
