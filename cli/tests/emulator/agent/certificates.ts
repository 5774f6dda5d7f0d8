import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import path from 'node:path'
import { systemRandom } from '../../../src/system/random.ts'
import { systemRun } from '../../../src/system/run.ts'
import type { Authority } from './ports.ts'

/** What a certificate of a server may be for: names of hosts, with a wildcard in front at most, and addresses. */
const NAME = /^(\*\.)?[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*$/i

const DAYS = '7'
const RSA = ['-newkey', 'rsa:2048', '-nodes']

/** Sections of a file, so that it needs no option that LibreSSL, the openssl of macOS, does not know. */
function settings(commonName: string, extensions: readonly string[]): string {
  const request = ['[req]', 'prompt = no', 'distinguished_name = name', 'x509_extensions = extensions', '[name]', `CN = ${commonName}`]
  return [...request, '[extensions]', ...extensions, ''].join('\n')
}

async function openssl(folder: string, args: readonly string[]): Promise<void> {
  const { PATH, HOME } = process.env
  await systemRun('openssl', args, { cwd: folder, env: { PATH, HOME } })
}

const serial = (): string => `0x${systemRandom.id().replaceAll('-', '').slice(0, 30)}`

/** The emulator's certificate authority, in place of Amazon's: made once in that folder, with the openssl program. */
export async function createAuthority(folder: string): Promise<Authority> {
  await mkdir(folder, { recursive: true })
  const [file, key, config] = ['authority.crt', 'authority.key', 'authority.cnf'].map((name) => path.join(folder, name)) as [
    string,
    string,
    string,
  ]
  const extensions = ['basicConstraints = critical, CA:TRUE', 'keyUsage = critical, keyCertSign, cRLSign', 'subjectKeyIdentifier = hash']
  await writeFile(config, settings('DevTool emulator authority', extensions))
  await openssl(folder, ['req', '-x509', ...RSA, '-days', DAYS, '-config', config, '-set_serial', serial(), '-keyout', key, '-out', file])

  const made = new Map<string, Promise<{ certificate: string; key: string }>>()
  const leaf = (names: readonly string[]): Promise<{ certificate: string; key: string }> => {
    const wrong = names.find((name) => isIP(name) === 0 && !NAME.test(name))
    if (wrong !== undefined || names.length === 0) {
      return Promise.reject(new Error(`could not make a certificate for ${JSON.stringify(wrong ?? names)}: not a host name or address`))
    }
    const id = names
      .map((name) => name.toLowerCase())
      .sort()
      .join(' ')
    const known = made.get(id)
    if (known !== undefined) return known
    const making = makeLeaf(folder, { file, key }, names, `leaf-${made.size + 1}`)
    made.set(id, making)
    return making
  }
  return { file, leaf }
}

async function makeLeaf(
  folder: string,
  authority: { file: string; key: string },
  names: readonly string[],
  id: string,
): Promise<{ certificate: string; key: string }> {
  const [certificate, key, request, config] = ['crt', 'key', 'csr', 'cnf'].map((extension) => path.join(folder, `${id}.${extension}`)) as [
    string,
    string,
    string,
    string,
  ]
  const alternatives = names.map((name) => `${isIP(name) === 0 ? 'DNS' : 'IP'}:${name}`)
  const extensions = [
    'basicConstraints = critical, CA:FALSE',
    'keyUsage = critical, digitalSignature, keyEncipherment',
    'extendedKeyUsage = serverAuth',
    `subjectAltName = ${alternatives.join(', ')}`,
  ]
  // a common name has 64 characters at most, the address of a database may have more: the names stand in the extension alone
  await writeFile(config, settings('DevTool emulator', extensions))
  await openssl(folder, ['req', '-new', ...RSA, '-config', config, '-keyout', key, '-out', request])
  const signed = ['-CA', authority.file, '-CAkey', authority.key, '-set_serial', serial(), '-extfile', config, '-extensions', 'extensions']
  await openssl(folder, ['x509', '-req', '-sha256', '-in', request, '-days', DAYS, ...signed, '-out', certificate])
  // the authority behind the leaf, as servers send it
  await writeFile(certificate, `${await readFile(certificate, 'utf8')}${await readFile(authority.file, 'utf8')}`)
  await Promise.all([rm(request), rm(config)])
  return { certificate, key }
}
