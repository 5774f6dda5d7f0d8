import { createHash } from 'node:crypto'
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { cache, isExecutable, onPath, output, platformName, say } from './shared.mjs'
import { unzip } from './unzip.mjs'

/** What is fetched where none is found. */
export const terraformVersion = '1.11.4'
/** S3 lock files and write-only arguments need it. */
const OLDEST = [1, 11]
/** From terraform_1.11.4_SHA256SUMS, as HashiCorp's Homebrew formula of that version repeats them. */
const CHECKSUMS = {
  darwin_amd64: 'a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b',
  darwin_arm64: '867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18',
  linux_amd64: '1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc',
  linux_arm64: 'a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633',
}

function versionOf(file) {
  const text = output(file, ['version', '-json'], { env: { PATH: process.env.PATH, HOME: process.env.HOME, CHECKPOINT_DISABLE: '1' } })
  try {
    return JSON.parse(text ?? '').terraform_version
  } catch {
    return undefined
  }
}

function recentEnough(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])
}

/** `DEVTOOL_TERRAFORM`, then what was fetched earlier, then PATH. */
export function findTerraform(env = process.env) {
  const fetched = path.join(cache, `terraform-${terraformVersion}`, 'terraform')
  const named = env.DEVTOOL_TERRAFORM
  const candidates = named ? (named.includes('/') ? [named] : onPath(named, env)) : [fetched, ...onPath('terraform', env)]
  for (const file of candidates.filter(isExecutable)) {
    const version = versionOf(file)
    if (version !== undefined && recentEnough(version)) return { path: file, version }
  }
  return undefined
}

/** The checksum is verified before anything is unpacked. */
export async function download(url, sha256) {
  const response = await fetch(url, { signal: AbortSignal.timeout(120_000) }).catch((error) => {
    throw new Error(`could not fetch ${url}: ${error.cause?.message ?? error.message}`, { cause: error })
  })
  if (!response.ok) throw new Error(`could not fetch ${url}: HTTP ${response.status}`)
  const bytes = Buffer.from(await response.arrayBuffer())
  const actual = createHash('sha256').update(bytes).digest('hex')
  if (actual !== sha256) throw new Error(`could not use ${url}: its sha256 is ${actual}, expected ${sha256}`)
  return bytes
}

export async function fetchTerraform() {
  const platform = platformName()
  const sha256 = CHECKSUMS[platform]
  if (sha256 === undefined) throw new Error(`could not fetch terraform: no known checksum for ${platform}`)
  say(`fetching terraform ${terraformVersion}`)
  const name = `terraform_${terraformVersion}_${platform}.zip`
  const archive = await download(`https://releases.hashicorp.com/terraform/${terraformVersion}/${name}`, sha256)
  const folder = path.join(cache, `terraform-${terraformVersion}`)
  const file = path.join(folder, 'terraform')
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.tmp`, unzip(archive, 'terraform'))
  chmodSync(`${file}.tmp`, 0o755)
  renameSync(`${file}.tmp`, file)
  return { path: file, version: terraformVersion }
}
