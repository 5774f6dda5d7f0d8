import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { describeWith, toolchain } from '../../tests/support/toolchain.ts'
import { systemRun } from '../system/run.ts'
import { formatHcl } from './format.ts'
import { hcl, type Json } from './hcl.ts'

const hostile = [
  '',
  ' ',
  '"',
  '\\',
  '\\"',
  '${',
  '%{',
  '$${',
  '$$${',
  '$$$${a}',
  '%%{',
  '%%%{ if true }',
  '$%{',
  '%${',
  '\\${x}',
  '\\\\${x}',
  '${file("/etc/passwd")}',
  '"}\nresource "aws_iam_user" "x" {}\n#',
  '" }\r\noutput "x" { value = "${path.root}" }',
  '%{ for x in [1] }y%{ endfor }',
  'a\nb\r\nc\td',
  '\u0000\u0001\u001b[31m\u007f\u0085',
  '\u2028\u2029\ufeff',
  '\u202egnp.exe',
  'žluťoučký 😀 👩‍👩‍👧 日本語',
  'e\u0301',
  '\ud800',
  '\udc00x',
  '\u{10ffff}',
  '#',
  '//',
  '/* x */',
  '<<EOT\nx\nEOT',
  '$',
  '%',
  '$$',
  '{',
  '}',
  "'",
  '`',
  '${"${"x"}"}',
  '~}',
  '${~ x ~}',
]

const piece = fc.oneof(
  fc.constantFrom(...hostile),
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('$', '%', '{', '"', '\\', '\n'),
)
const text = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(''))
const { value } = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(text, fc.constantFrom('for', 'null', 'true', 'a', 'LOG_LEVEL', '__proto__', 'a-b')), tie('value'), {
      maxKeys: 4,
    }),
  ),
}))

/** What HCL makes of a string: well-formed UTF-8, normalized. */
function asRead(json: Json): Json {
  if (typeof json === 'string') return json.replace(/\p{Cs}/gu, '\ufffd').normalize('NFC')
  if (Array.isArray(json)) return json.map(asRead)
  if (typeof json === 'object' && json !== null) {
    return Object.fromEntries(Object.entries(json).map(([key, item]) => [asRead(key), asRead(item)])) as Json
  }
  return json === 0 ? 0 : json
}

describe('hcl', () => {
  it.each<[Json, string]>([
    ['plain', '"plain"'],
    ['a "b" \\ ${c} %{d}', '"a \\"b\\" \\\\ $${c} %%{d}"'],
    ['$${x}', '"\\u0024$${x}"'],
    ['line\nbreak', '"line\\nbreak"'],
    ['\u202ex', '"\\u202ex"'],
    [[1, 'a', null, true], '[1, "a", null, true]'],
    [{}, '{}'],
    [[], '[]'],
    [{ a: 1, 'b-c': 'x', for: 2 }, '{\na = 1\n"b-c" = "x"\n"for" = 2\n}'],
  ])('writes %j', (input, expected) => {
    expect(hcl(input)).toBe(expected)
  })

  it('refuses what is not JSON', () => {
    expect(() => hcl(Number.NaN)).toThrow('could not write NaN as HCL')
    expect(() => hcl(undefined as unknown as Json)).toThrow('could not write a value of type undefined as HCL')
  })
})

describeWith(['terraform'], 'hcl, read by terraform', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'devtool-hcl-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  const terraform = (args: readonly string[], input: string) =>
    systemRun(toolchain().environment['DEVTOOL_TERRAFORM'] ?? 'terraform', args, {
      cwd: folder,
      env: { PATH: process.env['PATH'], HOME: folder, CHECKPOINT_DISABLE: '1' },
      input,
      allowFailure: true,
    })

  it('is the same value, and fmt has nothing to change', { timeout: 60_000 }, async () => {
    const values: Json[] = [...hostile, ...hostile.map((name) => ({ [name]: name })), ...fc.sample(value, 600)]
    const source = formatHcl(values.map((item, index) => `locals {\nv${index} = ${hcl(item)}\nnext${index}_longer = 1\n}\n`).join('\n'))
    await writeFile(path.join(folder, 'main.tf'), source)
    const formatted = await terraform(['fmt', '-check', '-diff', 'main.tf'], '')
    expect(formatted).toMatchObject({ exitCode: 0, stdout: '' })
    const all = `base64encode(jsonencode([${values.map((_, index) => `local.v${index}`).join(', ')}]))\n`
    const { stdout, stderr } = await terraform(['console'], all)
    expect(stderr).toBe('')
    const read = JSON.parse(Buffer.from(JSON.parse(stdout) as string, 'base64').toString()) as Json[]
    for (const [index, item] of values.entries()) expect(read[index], hcl(item)).toEqual(asRead(item))
  })
})
