import { existsSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseBlueprint } from '../../src/blueprint/parse.ts'
import { resolveBlueprint } from '../../src/blueprint/resolve.ts'
import { parseDocument } from '../../src/environment/document.ts'
import { inspectFile } from '../../src/rendering/header.ts'
import { merge } from '../../src/rendering/merge.ts'
import { type RenderedFile, render } from '../../src/rendering/render.ts'
import { systemRun } from '../../src/system/run.ts'
import { describeWith, isCi, root, toolchain } from '../support/toolchain.ts'

/**
 * Each case is a blueprint and a document; `expected/` is what they render to, byte for byte. After a change that is meant:
 * `npx vitest run --project golden -u`, then read the diff.
 */
const folder = fileURLToPath(new URL('cases', import.meta.url))
const cases = await readdir(folder)

async function renderCase(name: string): Promise<RenderedFile[]> {
  const blueprint = parseBlueprint(await readFile(path.join(folder, name, 'devtool.yaml'), 'utf8'), 'devtool.yaml')
  const document = parseDocument(await readFile(path.join(folder, name, 'environment.json'), 'utf8'), 'environment.json')
  const resolved = resolveBlueprint(blueprint, Object.hasOwn(blueprint.environments, document.name) ? document.name : null)
  return render(resolved, document, { modulesPath: '../../modules' })
}

describe.each(cases)('%s', (name) => {
  const expected = path.join(folder, name, 'expected')

  it('renders what is expected', async () => {
    const files = await renderCase(name)
    for (const file of files) await expect(file.content, file.path).toMatchFileSnapshot(path.join(expected, file.path))
    expect(await readdir(expected)).toEqual(files.map((file) => file.path).sort())
  })

  it('renders the same bytes again, and knows them as its own', async () => {
    const files = await renderCase(name)
    expect(await renderCase(name)).toEqual(files)
    const existing = new Map(files.map((file) => [file.path, file.content]))
    expect(merge(existing, files, { overwrite: false })).toEqual({ writes: [], keeps: [], conflicts: [] })
    for (const file of files.filter(({ path: name }) => name !== 'environment.json')) {
      expect(inspectFile(file.content), file.path).toMatchObject({ generated: true, edited: false })
    }
  })

  it('keeps where the code comes from out of the Terraform files', async () => {
    const document = parseDocument(await readFile(path.join(folder, name, 'environment.json'), 'utf8'), 'environment.json')
    const { branch } = document
    // the platform's roles trust the workflows of one repository, by its name
    const repository = document.github === undefined ? document.repository : null
    const terraform = (await renderCase(name)).filter((file) => file.path.endsWith('.tf')).map((file) => file.content)
    for (const secret of [repository, branch]) if (secret !== null) expect(terraform.join('\n')).not.toContain(secret)
  })
})

describeWith(['terraform', 'provider'], 'terraform', () => {
  let workspace: string
  const terraform = (cwd: string, args: readonly string[]) =>
    systemRun(toolchain().environment['DEVTOOL_TERRAFORM'] ?? 'terraform', args, {
      cwd,
      env: { ...toolchain().environment, PATH: process.env['PATH'], HOME: workspace, CHECKPOINT_DISABLE: '1', TF_IN_AUTOMATION: '1' },
      allowFailure: true,
    })

  beforeAll(async () => {
    workspace = await mkdtemp(path.join(tmpdir(), 'devtool-golden-'))
    await cp(path.join(root, 'modules'), path.join(workspace, 'modules'), { recursive: true })
    // the build puts the function's code there; its bytes do not matter here
    const zip = path.join(workspace, 'modules/database-admin/function.zip')
    if (!existsSync(zip)) await writeFile(zip, 'not a zip')
  })
  afterAll(() => rm(workspace, { recursive: true, force: true }))

  it('fmt has nothing to change', async () => {
    for (const name of cases) {
      const target = path.join(workspace, 'fmt', name)
      await mkdir(target, { recursive: true })
      for (const file of await renderCase(name)) await writeFile(path.join(target, file.path), file.content)
    }
    const result = await terraform(path.join(workspace, 'fmt'), ['fmt', '-check', '-recursive', '-diff'])
    expect(result).toMatchObject({ exitCode: 0, stdout: '' })
  })

  it.each(cases)('validate accepts %s', async (name) => {
    const target = path.join(workspace, 'envs', name)
    await mkdir(target, { recursive: true })
    for (const file of await renderCase(name)) {
      // a pinned source is somewhere on the network: the same modules lie here
      const local = file.content.replaceAll(/"git::[^"]*\/\/modules\/([a-z-]+)\?ref=[^"]*"/g, '"../../modules/$1"')
      await writeFile(path.join(target, file.path), local)
    }
    await cp(path.join(root, 'templates/terraform.lock.hcl'), path.join(target, '.terraform.lock.hcl'))
    const init = await terraform(target, ['init', '-backend=false', '-input=false', '-no-color', '-lockfile=readonly'])
    expect(init, init.stderr).toMatchObject({ exitCode: 0 })
    const validate = await terraform(target, ['validate', '-json'])
    expect(JSON.parse(validate.stdout)).toMatchObject({ valid: true, warning_count: 0, diagnostics: [] })
    await rm(path.join(target, '.terraform'), { recursive: true, force: true })
  })
})

describe('the goldens', () => {
  it('are not rewritten in CI', () => {
    expect(isCi() && process.argv.some((argument) => ['-u', '--update'].includes(argument))).toBe(false)
  })
})
