import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager'
import { createDatabase, dropDatabase } from './databases.js'
import { tlsFromEnvironment } from './tls.js'

/**
 * @typedef {object} Input what `aws_lambda_invocation` with `lifecycle_scope = "CRUD"` sends, or a call by hand with `action`
 * @property {string} database
 * @property {string} role
 * @property {string} [secret_arn] secret of the environment, JSON with `password`; not needed to delete
 * @property {'create' | 'update' | 'delete'} [action]
 * @property {{ action: 'create' | 'update' | 'delete', prev_input?: Input | null }} [tf]
 */

/**
 * Creates, updates or deletes the database of one environment. Where the server is comes from PGHOST, PGPORT, PGDATABASE and
 * PGSSLMODE, the admin's login from the secret that ADMIN_SECRET_ARN names.
 * @param {Input} input
 * @returns {Promise<{ database: string, role: string, owner: string }>} nothing secret: Terraform keeps it in its state
 */
export async function handler(input) {
  const { database, role } = input
  const action = input.tf?.action ?? input.action ?? 'create'
  const started = performance.now()
  try {
    const result = await perform(action, input)
    log('info', { action, database, role, milliseconds: Math.round(performance.now() - started), open: result.open })
    return { database: result.database, role: result.role, owner: result.owner }
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error)
    log('error', { action, database, role, message })
    // A fresh error: the cause of the first one does not travel into Terraform's output.
    throw new Error(message)
  }
}

/**
 * @param {string} action @param {Input} input
 * @returns {Promise<{ database: string, role: string, owner: string, open?: string[] }>}
 */
async function perform(action, input) {
  const { database, role } = input
  switch (action) {
    case 'delete':
      return dropDatabase(await adminConfig(), { database, role })
    case 'update':
      refuseRename(input)
      return create(input)
    case 'create':
      return create(input)
    default:
      throw new Error(`could not ${action} a database: allowed are create, update and delete`)
  }
}

/** @param {Input} input */
async function create({ database, role, secret_arn: arn }) {
  if (!arn) throw new Error(`could not create database ${database}: secret_arn is missing`)
  const { password } = await readSecret(arn)
  return createDatabase(await adminConfig(), { database, role, password })
}

/** @param {Input} input */
function refuseRename({ database, role, tf }) {
  const before = tf?.prev_input
  if (!before || (before.database === database && before.role === role)) return
  throw new Error(
    `could not update database ${before.database} of ${before.role} to ${database} of ${role}: a database is not renamed, destroy the environment and create it anew`,
  )
}

/** @returns {Promise<import('pg').ClientConfig>} */
async function adminConfig() {
  const { ADMIN_SECRET_ARN: arn, PGHOST: host, PGPORT: port = '5432', PGDATABASE: database = 'postgres' } = process.env
  if (!arn || !host) throw new Error('could not reach the server: ADMIN_SECRET_ARN and PGHOST must be set')
  const { username, password } = await readSecret(arn)
  return { host, port: Number(port), database, user: username, password, ssl: tlsFromEnvironment(process.env) }
}

/** @param {string} arn @returns {Promise<{ username: string, password: string }>} */
async function readSecret(arn) {
  const { SecretString: text } = await new SecretsManagerClient({}).send(new GetSecretValueCommand({ SecretId: arn }))
  try {
    return JSON.parse(text ?? '')
  } catch {
    // JSON.parse quotes what it read.
    throw new Error(`could not read secret ${arn}: it is not JSON`)
  }
}

/** @param {'info' | 'error'} level @param {Record<string, unknown>} fields */
function log(level, fields) {
  console.log(JSON.stringify({ level, time: new Date().toISOString(), ...fields }))
}
