import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from './support/toolchain.ts'

/**
 * docs/failure-modes.md says of each known way to fail what proves that it is survived. A test that proves one ends its name, in Terraform its
 * error_message, with the number in brackets: `... [13][P4]`.
 */
const TABLE = 'docs/failure-modes.md'
const NUMBERS = [...count('F', 11), ...count('', 33), ...count('P', 30)]
const EXCUSES = ['cannot happen: ', 'not survived yet: ']
const PLACES = [
  { folder: 'cli', files: /\.test\.ts$/ },
  { folder: 'modules', files: /\/tests\/[^/]+\.tftest\.hcl$/ },
  { folder: 'scripts', files: /\.test\.mjs$/ },
  { folder: 'services', files: /\/tests\/[^/]+\.test\.js$/ },
]

function count(prefix: string, most: number): string[] {
  return Array.from({ length: most }, (_, index) => `${prefix}${index + 1}`)
}

interface Row {
  number: string
  bites: string
  does: string
  proof: string
}

/** `file: name of the test` of each test, by number. */
type Proofs = Map<string, Set<string>>

function noted(proofs: Proofs, number: string, proof: string): void {
  proofs.set(number, (proofs.get(number) ?? new Set()).add(proof))
}

function readRows(text: string): Row[] {
  return text.split('\n').flatMap((line) => {
    const cells = line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll('\\|', '|'))
    const [, number = '', bites = '', does = '', proof = ''] = cells
    return cells.length === 6 && /^[FP]?\d+$/.test(number) ? [{ number, bites, does, proof }] : []
  })
}

/** Cells name tests as `file` "name" "name", one file after another. */
function namedIn({ number, proof }: Row, proofs: Proofs): void {
  let file = ''
  for (const [, path, name] of proof.matchAll(/`([^`]+)`|"([^"]+)"/g)) {
    if (path !== undefined) file = path
    else noted(proofs, number, `${file}: ${name}`)
  }
}

/** Names of tests that end with numbers: whatever is quoted in one line, single, double or back. */
function taggedIn(file: string, text: string, proofs: Proofs): void {
  for (const [, , name = '', tags = ''] of text.matchAll(/(['"`])((?:(?!\1)[^\\\n]|\\.)*?) ((?:\[[FP]?\d{1,2}\])+)\1/g)) {
    for (const [, number = ''] of tags.matchAll(/\[([^\]]+)\]/g)) noted(proofs, number, `${file}: ${name.replaceAll('\\', '')}`)
  }
}

function readTests(): { file: string; text: string }[] {
  return PLACES.flatMap(({ folder, files }) =>
    readdirSync(path.join(root, folder), { recursive: true, encoding: 'utf8' })
      .map((name) => path.posix.join(folder, name.split(path.sep).join('/')))
      .filter((name) => files.test(name) && !name.includes('node_modules') && name !== 'cli/tests/failure-modes.test.ts')
      .map((file) => ({ file, text: readFileSync(path.join(root, file), 'utf8') })),
  )
}

function allTagged(tests: readonly { file: string; text: string }[]): Proofs {
  const tagged: Proofs = new Map()
  for (const { file, text } of tests) taggedIn(file, text, tagged)
  return tagged
}

/** What does not agree; empty if everything does. */
function faults(table: string, tagged: Proofs): string[] {
  const rows = readRows(table)
  const named: Proofs = new Map()
  for (const row of rows) namedIn(row, named)
  const all = (proofs: Proofs): string[] => [...proofs].flatMap(([number, of]) => [...of].map((proof) => `${number} ${proof}`))
  const [inTable, inTests] = [new Set(all(named)), new Set(all(tagged))]
  return [
    ...NUMBERS.filter((number) => rows.filter((row) => row.number === number).length !== 1).map(
      (number) => `${number} is not in the table once`,
    ),
    ...rows.filter(({ number }) => !NUMBERS.includes(number)).map(({ number }) => `${number} is no number of the list`),
    ...rows
      .filter(({ bites, does }) => bites === '' || does === '')
      .map(({ number }) => `${number} does not say what bites and what is done`),
    ...rows
      .filter(({ number, proof }) => !named.has(number) && !EXCUSES.some((excuse) => proof.startsWith(excuse)))
      .map(({ number }) => `${number} names no test, and says neither "${EXCUSES.join('" nor "')}"`),
    ...[...inTable].filter((proof) => !inTests.has(proof)).map((proof) => `in the table, but there is no such test: ${proof}`),
    ...[...inTests].filter((proof) => !inTable.has(proof)).map((proof) => `a test, but not in the table: ${proof}`),
  ]
}

const table = readFileSync(path.join(root, TABLE), 'utf8')
const tests = readTests()
const tagged = allTagged(tests)

test('each way to fail is in the table with its proof, and each proof is a test', () => {
  expect(faults(table, tagged)).toEqual([])
})

describe('the check can fail', () => {
  const rows = readRows(table)

  test('there is something to check', () => {
    expect(rows).toHaveLength(NUMBERS.length)
    expect(tests.length).toBeGreaterThan(50)
  })

  test.each(rows.map(({ number }) => number))('without the row of %s', (number) => {
    const without = table
      .split('\n')
      .filter((line) => !line.startsWith(`| ${number} `))
      .join('\n')
    expect(faults(without, tagged)).toContain(`${number} is not in the table once`)
    expect(faults(`${table}\n| ${number} | x | y | cannot happen: z |\n`, tagged)).toContain(`${number} is not in the table once`)
  })

  test('without a test that the table names, or with one that it does not', () => {
    const proofs: Proofs = new Map()
    for (const row of rows) namedIn(row, proofs)
    const [number = '', [first = '']] = [...proofs][0] ?? ['', []]
    const [file = '', name = ''] = first.split(/: (.*)/s)
    const text = tests.find((each) => each.file === file)?.text ?? ''
    const removed = tests.map((each) => (each.file === file ? { file, text: text.replaceAll(name, 'another') } : each))
    expect(faults(table, allTagged(removed))).toContain(`in the table, but there is no such test: ${number} ${first}`)
    const more = [...tests, { file: 'cli/x.test.ts', text: "test('new [13][P4]', () => {})\nrun = `one [34]`\n" }]
    expect(faults(table, allTagged(more))).toEqual(
      expect.arrayContaining([
        'a test, but not in the table: 13 cli/x.test.ts: new',
        'a test, but not in the table: P4 cli/x.test.ts: new',
        'a test, but not in the table: 34 cli/x.test.ts: one',
      ]),
    )
  })

  test('with a row that proves nothing and says nothing', () => {
    const silent = table.replace(/^(\| P17 \|.*\|.*\|).*\|$/m, '$1 somehow |')
    expect(faults(silent, tagged).join()).toContain('P17 names no test')
  })
})
