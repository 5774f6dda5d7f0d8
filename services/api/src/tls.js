import { readFileSync } from 'node:fs'

/**
 * What libpq's PGSSLMODE and PGSSLROOTCERT mean for `pg`, whose own reading of `require` also verifies the certificate.
 * @param {Record<string, string | undefined>} environment
 * @returns {false | import('node:tls').ConnectionOptions}
 */
export function tlsFromEnvironment({ PGSSLMODE: mode = 'prefer', PGSSLROOTCERT: rootCertificate }) {
  // Without a file the certificates that Node trusts are used, as with libpq's sslrootcert=system.
  const ca = rootCertificate ? { ca: readFileSync(rootCertificate, 'utf8') } : {}
  switch (mode) {
    case 'disable':
    case 'allow':
    case 'prefer':
      return false
    case 'require':
      return { rejectUnauthorized: false }
    case 'verify-ca':
      return { ...ca, rejectUnauthorized: true, checkServerIdentity: () => undefined }
    case 'verify-full':
      return { ...ca, rejectUnauthorized: true }
    default:
      throw new Error(
        `could not read PGSSLMODE ${JSON.stringify(mode)}: allowed are disable, allow, prefer, require, verify-ca, verify-full`,
      )
  }
}
