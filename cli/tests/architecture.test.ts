import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { codeOnly, importsOf, namesImportedFrom } from './support/source.ts'
import { root } from './support/toolchain.ts'

/**
 * From the top down: a file imports from its own folder or from a lower row. What stands side by side in one row does not know each
 * other. A name is a folder of `cli/src`, or a file in it.
 */
const LAYERS: readonly (readonly string[])[] = [
  ['main.ts'],
  ['program.ts'],
  ['commands'],
  ['operations'],
  ['context.ts'],
  ['targets'],
  ['registry', 'terraform', 'github', 'aws', 'git', 'images', 'machine'],
  ['rendering', 'sync'],
  ['environment'],
  ['blueprint'],
  ['output.ts'],
  ['system'],
  ['errors.ts'],
]

/** Data in, data out: no machine, no clock, no network. */
const PURE = ['blueprint', 'environment', 'rendering', 'sync']

/** What only these places may import. */
const DOORS: readonly { what: RegExp; where: readonly string[] }[] = [
  { what: /^execa$/, where: ['system/run.ts'] },
  { what: /^node:fs(\/|$)/, where: ['system/files.ts'] },
  { what: /^node:child_process$/, where: ['system'] },
  { what: /^@aws-sdk\/|^@smithy\//, where: ['aws'] },
  { what: /^@octokit\//, where: ['github'] },
  { what: /^commander$/, where: ['program.ts', 'commands'] },
  { what: /^open$/, where: ['system/browser.ts'] },
  { what: /^node:(https?|net|tls)$|^httpxy$/, where: ['machine'] },
]

/** What only these places may say. */
const WORDS: readonly { what: RegExp; where: readonly string[] }[] = [
  { what: /\bprocess\s*\.\s*(env|argv|exitCode)\b/, where: ['main.ts'] },
  { what: /\bprocess\s*\.\s*exit\s*\(/, where: ['main.ts'] },
  { what: /\bDate\s*\.\s*now\b|\bnew\s+Date\s*\(\s*\)|\bnew\s+Date\b(?!\s*\()/, where: ['system'] },
  { what: /\bMath\s*\.\s*random\b|\bcrypto\s*\.\s*randomUUID\b/, where: ['system'] },
  { what: /\bconsole\s*\./, where: [] },
  { what: /\bexport\s+default\b/, where: [] },
]

const LONGEST_FILE = 250

interface SourceFile {
  /** Relative to `cli/src`. */
  name: string
  text: string
}

const isTest = (name: string): boolean => /\.test\.ts$/.test(name) || /(^|\/)testing(\.ts$|\/)/.test(name)
const isIn = (name: string, places: readonly string[]): boolean => places.some((place) => name === place || name.startsWith(`${place}/`))
const topOf = (name: string): string => name.split('/')[0] ?? ''
const rowOf = (name: string): number => LAYERS.findIndex((row) => row.includes(topOf(name)))

/** The file of ours that a specifier means, or `undefined` for a package. */
function resolved(from: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? path.posix.join(path.posix.dirname(from), specifier) : undefined
}

function layerFaults({ name, text }: SourceFile): string[] {
  if (rowOf(name) === -1) return [`${name} belongs to no layer`]
  return importsOf(text).flatMap((specifier) => {
    const target = resolved(name, specifier)
    if (target === undefined || target.startsWith('../') || topOf(target) === topOf(name)) return []
    if (rowOf(target) === -1) return [`${name} imports ${target}, which belongs to no layer`]
    return rowOf(target) > rowOf(name) ? [] : [`${name} imports ${target}, which is not below it`]
  })
}

function doorFaults({ name, text }: SourceFile): string[] {
  const specifiers = importsOf(text)
  const doors = DOORS.filter(({ where }) => !isIn(name, where))
  const faults = specifiers.filter((specifier) => doors.some(({ what }) => what.test(specifier)))
  return faults.map((specifier) => `${name} imports ${specifier}`)
}

function pureFaults({ name, text }: SourceFile): string[] {
  if (!isIn(name, PURE)) return []
  const machine = importsOf(text).filter((specifier) => specifier.startsWith('node:') && specifier !== 'node:crypto')
  const system = importsOf(text).filter((specifier) => ['system', 'output.ts'].includes(topOf(resolved(name, specifier) ?? '')))
  const crypto = namesImportedFrom(text, 'node:crypto').filter((imported) => imported !== 'createHash')
  return [...machine, ...system, ...crypto].map((what) => `${name} is pure and imports ${what}`)
}

function wordFaults({ name, text }: SourceFile): string[] {
  const lines = codeOnly(text).split('\n')
  return WORDS.filter(({ where }) => !isIn(name, where)).flatMap(({ what }) =>
    lines.flatMap((line, index) => (what.test(line) ? [`${name}:${index + 1} says ${what.exec(line)?.[0]}`] : [])),
  )
}

function lengthFaults({ name, text }: SourceFile): string[] {
  const lines = text.trimEnd().split('\n').length
  return lines > LONGEST_FILE ? [`${name} has ${lines} lines, more than ${LONGEST_FILE}`] : []
}

/** Each cycle once, as the files in the order of their imports. */
function cycles(files: readonly SourceFile[]): string[] {
  const imports = new Map(files.map(({ name, text }) => [name, importsOf(text).flatMap((specifier) => resolved(name, specifier) ?? [])]))
  const done = new Set<string>()
  const found: string[] = []
  const visit = (name: string, above: readonly string[]): void => {
    if (above.includes(name)) found.push([...above.slice(above.indexOf(name)), name].join(' -> '))
    if (done.has(name) || above.includes(name)) return
    for (const next of imports.get(name) ?? []) visit(next, [...above, name])
    done.add(name)
  }
  for (const { name } of files) visit(name, [])
  return found
}

function filesBelow(folder: string, wanted: RegExp): SourceFile[] {
  const entries = readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
  const files = entries.filter((entry) => entry.isFile() && wanted.test(entry.name) && !entry.parentPath.includes('node_modules'))
  return files
    .map((entry) => path.join(entry.parentPath, entry.name))
    .map((file) => ({ name: path.relative(path.join(root, folder), file).replaceAll(path.sep, '/'), text: readFileSync(file, 'utf8') }))
}

const sources = filesBelow('cli/src', /(?<!\.d)\.ts$/)
const shipped = sources.filter(({ name }) => !isTest(name))

describe('the architecture', () => {
  test('there is something to check', () => expect(shipped.length).toBeGreaterThan(20))
  test('imports go down the layers', () => expect(shipped.flatMap(layerFaults)).toEqual([]))
  test('each door to the outside has one place', () => expect(shipped.flatMap(doorFaults)).toEqual([]))
  test('the core is pure', () => expect(shipped.flatMap(pureFaults)).toEqual([]))
  test('the environment, the clock, chance and the console have one place', () => expect(shipped.flatMap(wordFaults)).toEqual([]))
  test('no file imports itself in a circle', () => expect(cycles(shipped)).toEqual([]))
  test('a shipped file imports no test', () => {
    const faults = shipped.filter(({ text }) => importsOf(text).some(isTest)).map(({ name }) => name)
    expect(faults).toEqual([])
  })

  test.each(['cli', 'scripts', 'services'])('files stay short: %s', (folder) => {
    const files = filesBelow(folder, /(?<!\.d)\.(ts|mjs|js|py)$/)
    expect(files.length).toBeGreaterThan(0)
    expect(files.flatMap(lengthFaults)).toEqual([])
  })
})

describe('the checks can fail', () => {
  const faults = (name: string, text: string, check: (file: SourceFile) => string[]): number => check({ name, text }).length

  test.each([
    ['system/run.ts', "import { render } from '../rendering/render.ts'"],
    ['aws/clients.ts', "import type { Registry } from '../registry/registry.ts'"],
    ['rendering/view.ts', "export { x } from '../context.ts'"],
    ['commands/doctor.ts', "const p = await import('../program.ts')"],
    ['commands/doctor.ts', "import {\n  a,\n  b,\n} from '../elsewhere/a.ts'"],
    ['elsewhere/a.ts', ''],
  ])('layers: %s', (name, text) => expect(faults(name, text, layerFaults)).toBe(1))

  test.each([
    ['git/git.ts', "import { execa } from 'execa'"],
    ['registry/store.ts', "import { readFile } from 'node:fs/promises'"],
    ['operations/apply.ts', "const { S3Client } = await import('@aws-sdk/client-s3')"],
    ['operations/apply.ts', "import type { Command } from 'commander'"],
    ['commands/env/open.ts', "const { default: open } = await import('open')"],
  ])('doors: %s', (name, text) => expect(faults(name, text, doorFaults)).toBe(1))

  test.each([
    ['blueprint/parse.ts', "import path from 'node:path'"],
    ['sync/plan.ts', "import type { Clock } from '../system/clock.ts'"],
    ['environment/names.ts', "import { createHash, randomUUID } from 'node:crypto'"],
  ])('purity: %s', (name, text) => expect(faults(name, text, pureFaults)).toBe(1))

  test.each([
    ['aws/clients.ts', 'const region = process.env.AWS_REGION'],
    ['registry/record.ts', 'const now = new Date()'],
    ['sync/plan.ts', 'const a = `${Date.now()}`'],
    ['output.ts', "console.log('x')"],
    ['git/git.ts', 'export default 1'],
  ])('words: %s', (name, text) => expect(faults(name, text, wordFaults)).toBe(1))

  test('what is allowed passes', () => {
    const text = [
      "import { createHash } from 'node:crypto'",
      "import { UserError } from '../errors.ts'",
      "// Date.now(), import x from '../context.ts'",
      "const later = new Date(0) // 'quote",
      'const pattern = /["\'`]/.test("console.log")',
      'const text = `process.env ${later} new Date()`',
    ].join('\n')
    const file = { name: 'environment/names.ts', text }
    expect([layerFaults, doorFaults, pureFaults, wordFaults, lengthFaults].flatMap((check) => check(file))).toEqual([])
  })

  test('length and cycles', () => {
    expect(faults('a.ts', 'x\n'.repeat(251), lengthFaults)).toBe(1)
    const one = { name: 'git/one.ts', text: "import './two.ts'" }
    const two = { name: 'git/two.ts', text: "import type { X } from './one.ts'" }
    expect(cycles([one, two])).toEqual(['git/one.ts -> git/two.ts -> git/one.ts'])
  })
})
