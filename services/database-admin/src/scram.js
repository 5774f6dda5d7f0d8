import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

/**
 * The form in which Postgres stores a password (RFC 5803). Sent in place of the password, so that the server's logs
 * (`log_statement = ddl`, pgaudit) never hold the password itself.
 * @param {unknown} password printable ASCII, so that no SASLprep normalisation is needed
 * @returns {string} `SCRAM-SHA-256$4096:<salt>$<stored key>:<server key>`
 */
export function scramVerifier(password, salt = randomBytes(16)) {
  if (typeof password !== 'string' || !/^[\x20-\x7e]{8,}$/.test(password)) {
    throw new Error('could not use the password: at least 8 printable ASCII characters are needed')
  }
  const iterations = 4096
  const salted = pbkdf2Sync(password, salt, iterations, 32, 'sha256')
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest('base64')
  const serverKey = hmac(salted, 'Server Key').toString('base64')
  return `SCRAM-SHA-256$${iterations}:${salt.toString('base64')}$${storedKey}:${serverKey}`
}

/** @param {Buffer} key @param {string} text */
function hmac(key, text) {
  return createHmac('sha256', key).update(text).digest()
}
