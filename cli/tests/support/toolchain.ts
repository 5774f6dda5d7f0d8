import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, test } from 'vitest'

/** The repository. */
export const root = fileURLToPath(new URL('../../..', import.meta.url)).replace(/\/$/, '')

export type ToolName = 'terraform' | 'provider' | 'emulator' | 'postgres' | 'browser'

interface Missing {
  missing: string
}

/** What `scripts/setup.mjs` found or fetched; it writes this record. */
export interface Toolchain {
  tools: {
    terraform: { path: string; version: string } | Missing
    provider: { mirror: string; version: string } | Missing
    emulator: { python: string; version: string } | Missing
    postgres: { bin: string; version: string } | Missing
    browser: { path: string; version: string } | Missing
  }
  /** The command that installs each tool. */
  hints: Record<ToolName, string>
  /** Variables that lead a child to these tools: `DEVTOOL_TERRAFORM`, `TF_CLI_CONFIG_FILE`, ... */
  environment: Record<string, string>
}

const record = path.join(root, '.cache/toolchain.json')

function recorded(): Toolchain | undefined {
  const found: Toolchain | undefined = existsSync(record) ? JSON.parse(readFileSync(record, 'utf8')) : undefined
  // an earlier version of the repository may have written it, and not have known each tool
  return found?.hints.browser === undefined ? undefined : found
}

/** Looks for the tools first where nobody has yet, as when one test file is run by itself in a fresh clone. */
export function toolchain(): Toolchain {
  const known = recorded()
  if (known !== undefined) return known
  const setup = spawnSync(process.execPath, [path.join(root, 'scripts/setup.mjs'), '--tools'], { encoding: 'utf8' })
  const made = recorded()
  if (made === undefined) throw new Error(`could not find the tools: ${setup.stdout}${setup.stderr}`)
  return made
}

/** Why the tools cannot be used, with the commands that install them; `undefined` when all are there. */
export function missingTools(names: readonly ToolName[]): string | undefined {
  const { tools, hints } = toolchain()
  const lines = names.flatMap((name) => ('missing' in tools[name] ? [`needs ${name} (${tools[name].missing}): ${hints[name]}`] : []))
  return lines.length === 0 ? undefined : lines.join('; ')
}

/** A tool's record. Throws, with the command that installs it, if there is none. */
export function requireTool<Name extends ToolName>(name: Name): Exclude<Toolchain['tools'][Name], Missing> {
  const tool = toolchain().tools[name]
  if ('missing' in tool) throw new Error(missingTools([name]))
  return tool as Exclude<Toolchain['tools'][Name], Missing>
}

/** `describe` for tests that need tools of the machine. Where one is missing they fail in CI and are skipped by name elsewhere. */
export function describeWith(names: readonly ToolName[], title: string, body: () => void): void {
  const reason = missingTools(names)
  if (reason === undefined) describe(title, body)
  else if (isCi()) test(title, () => Promise.reject(new Error(reason)))
  else describe.skip(`${title} [${reason}]`, body)
}

export function isCi(): boolean {
  return !['', 'false', '0', undefined].includes(process.env['CI'])
}
