import path from 'node:path'
import * as z from 'zod'
import { UserError } from '../errors.ts'
import type { Files } from '../system/files.ts'
import type { Run } from '../system/run.ts'
import type { Variables } from './child-environment.ts'

export interface Engine {
  /** Absolute path of the program. */
  command: string
  product: 'terraform' | 'tofu'
  /** Without a leading `v`: `1.11.4`. */
  version: string
  /** As Terraform writes it: `linux_amd64`. */
  platform: string
}

/** The first version with write-only arguments and (Terraform) S3 native locks out of their trial; OpenTofu has the former since 1.11. */
export const MINIMUM_ENGINE = '1.11.0'

/** Where installers put programs that a short PATH (cron, an editor, a service) does not name. */
const PREFIXES = ['/usr/local/bin', '/usr/bin', '/opt/homebrew/bin', '/home/linuxbrew/.linuxbrew/bin', '/snap/bin']
const HOME_PREFIXES = ['.local/bin', 'bin', '.tfenv/bin', '.tofuenv/bin', '.asdf/shims', '.local/share/mise/shims']

const HINT =
  'install Terraform (https://developer.hashicorp.com/terraform/install) or OpenTofu (https://opentofu.org/docs/intro/install), or name one: DEVTOOL_TERRAFORM=/path/to/terraform'

interface EngineDependencies {
  run: Run
  files: Pick<Files, 'executable'>
  variables: Variables
}

/**
 * The engine that `DEVTOOL_TERRAFORM` names (a path, or a name on PATH), else the first usable of `terraform` and `tofu`.
 * Fails with what was found and what is needed.
 */
export async function findEngine(dependencies: EngineDependencies): Promise<Engine> {
  const wanted = dependencies.variables['DEVTOOL_TERRAFORM']
  const named = wanted !== undefined && wanted !== ''
  const candidates = named
    ? await locate(dependencies, wanted)
    : [...(await locate(dependencies, 'terraform')), ...(await locate(dependencies, 'tofu'))]
  const refused: string[] = []
  for (const command of named ? candidates.slice(0, 1) : candidates) {
    const engine = await inspect(dependencies, command)
    if (typeof engine === 'string') refused.push(`${command} (${engine})`)
    else if (!atLeast(engine.version, MINIMUM_ENGINE)) refused.push(`${command} (${engine.product} ${engine.version})`)
    else return engine
  }
  if (refused.length > 0) {
    throw new UserError(`could not use ${refused.join(', ')}: DevTool needs Terraform or OpenTofu ${MINIMUM_ENGINE} or newer`, {
      hint: HINT,
    })
  }
  if (named) throw new UserError(`could not find the engine ${wanted} that DEVTOOL_TERRAFORM names`, { hint: HINT })
  throw new UserError('could not find terraform or tofu: neither is on PATH', { hint: HINT })
}

async function locate({ files, variables }: EngineDependencies, name: string): Promise<string[]> {
  if (name.includes('/')) {
    const file = path.resolve(variables['PWD'] ?? '/', name)
    return (await files.executable(file)) ? [file] : []
  }
  const home = variables['HOME']
  const folders = [
    ...(variables['PATH'] ?? '').split(path.delimiter).filter((folder) => path.isAbsolute(folder)),
    ...PREFIXES,
    ...(home === undefined ? [] : HOME_PREFIXES.map((folder) => path.join(home, folder))),
  ]
  const found: string[] = []
  for (const folder of new Set(folders)) {
    const file = path.join(folder, name)
    if (await files.executable(file)) found.push(file)
  }
  return found
}

const versionOutput = z.looseObject({ terraform_version: z.string(), platform: z.string() })

/** The engine behind a program, or why it is none. */
async function inspect({ run, variables }: EngineDependencies, command: string): Promise<Engine | string> {
  const { TF_CLI_CONFIG_FILE: _, ...quiet } = variables
  const options = { cwd: '/', env: { PATH: quiet['PATH'], HOME: quiet['HOME'], CHECKPOINT_DISABLE: '1' }, allowFailure: true }
  const result = await run(command, ['version', '-json'], options).catch((error: unknown) =>
    error instanceof UserError ? error : Promise.reject(error),
  )
  if (result instanceof UserError) return 'does not start'
  if (result.exitCode !== 0) return `ends with exit code ${result.exitCode} when asked for its version`
  const parsed = parseVersion(result.stdout)
  if (parsed === undefined) return 'does not answer like Terraform'
  // OpenTofu answers under the same keys but never says whether it is outdated (its internal/command/views/version.go)
  if (parsed['terraform_outdated'] !== undefined) return describe(command, 'terraform', parsed)
  const text = await run(command, ['version'], options)
  return describe(command, /^OpenTofu\b/m.test(text.stdout) ? 'tofu' : 'terraform', parsed)
}

function parseVersion(stdout: string): z.infer<typeof versionOutput> | undefined {
  const start = stdout.indexOf('{')
  if (start < 0) return undefined
  try {
    return versionOutput.safeParse(JSON.parse(stdout.slice(start))).data
  } catch {
    return undefined
  }
}

function describe(command: string, product: Engine['product'], parsed: z.infer<typeof versionOutput>): Engine {
  return { command, product, version: parsed.terraform_version.replace(/^v/, ''), platform: parsed.platform }
}

/** Compares the three numbers; a pre-release counts as its release, so that a nightly build is not refused. */
export function atLeast(version: string, minimum: string): boolean {
  const numbers = (text: string): number[] => (text.split(/[-+]/)[0] ?? '').split('.').map(Number)
  const [have, need] = [numbers(version), numbers(minimum)]
  for (let index = 0; index < 3; index += 1) {
    const difference = (have[index] ?? 0) - (need[index] ?? 0)
    if (Number.isNaN(difference)) return false
    if (difference !== 0) return difference > 0
  }
  return true
}
