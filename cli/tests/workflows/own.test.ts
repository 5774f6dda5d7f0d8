import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { renderWorkflows } from '../../src/rendering/workflows.ts'
import { testContext } from '../support/context.ts'
import { root } from '../support/toolchain.ts'
import { parse } from './expressions.ts'
import { all, own, rendered } from './rendered.ts'

/** Written by hand: the tests and checks of DevTool itself. */
const BY_HAND = ['ci.yml']

describe("this repository's workflows", () => {
  test('are what devtool init writes here: run it', async () => {
    const { folder, run } = await testContext()
    for (const name of ['devtool.yaml', 'package.json', '.gitignore', '.github'])
      cpSync(path.join(root, name), path.join(folder, name), { recursive: true })
    for (const name of ['.git', 'cli/src']) mkdirSync(path.join(folder, name), { recursive: true })
    writeFileSync(path.join(folder, 'cli/src/main.ts'), '')
    const { exitCode, stdout, stderr } = await run('init', '--json')
    expect([exitCode, stderr]).toEqual([0, ''])
    const { files } = JSON.parse(stdout) as { files: { path: string; status: string }[] }
    expect(files.filter(({ status }) => status !== 'unchanged')).toEqual([])
    const names = files.flatMap((file) => (file.path.startsWith('.github/') ? [path.basename(file.path)] : []))
    expect(own().map(({ name }) => name)).toEqual([...names, ...BY_HAND].sort())
  })

  test('run what is checked out here', () => {
    for (const { name, text } of own().filter((source) => !BY_HAND.includes(source.name))) {
      expect(text, name).toContain('node scripts/build.mjs')
      expect(text, name).toContain('node cli/bin/devtool.js')
    }
  })
})

describe('rendering', () => {
  test('the same input gives the same bytes', () => {
    expect(rendered()).toEqual(rendered())
    for (const { text } of all()) expect(text).not.toMatch(/[ \t]\n|\n\n\n|\r|\t|\{\{[a-z>#/]/)
  })

  test('values are data, or refused', () => {
    const input = {
      project: 'shop',
      label: 'a: b/c.d-e_f',
      branch: 'main',
      folder: '',
      production: true,
      cli: { kind: 'lock', folder: '' },
    } as const
    for (const { path: name, content } of renderWorkflows(input)) expect(() => parse(name, content)).not.toThrow()
    for (const hostile of ['${{ github.token }}', 'x\ny', "x' || true || '", 'x"y', '`id`', '$(id)']) {
      for (const key of ['project', 'branch'] as const)
        expect(() => renderWorkflows({ ...input, [key]: hostile })).toThrow(/could not write/)
      expect(() => renderWorkflows({ ...input, cli: { kind: 'package', spec: '${{ github.token }}' } })).toThrow(/could not write/)
    }
    for (const label of ['${{ github.token }}', 'x\ny', 'x }} y'])
      expect(() => renderWorkflows({ ...input, label })).toThrow(/could not write/)
    // a quote in a label stays inside of its literal
    const [preview] = renderWorkflows({ ...input, label: "it's' || true || '" })
    expect(preview?.content).toContain("github.event.label.name == 'it''s'' || true || '''")
  })
})
