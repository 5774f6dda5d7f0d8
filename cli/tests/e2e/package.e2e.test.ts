import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { execa } from 'execa'
import { beforeAll, describe, expect, test } from 'vitest'
import { root } from '../support/toolchain.ts'

const BLUEPRINT = 'project: tiny\nregion: eu-central-1\nservices:\n  web: { build: ., port: 8080, route: / }\n'

describe('the package, installed into an empty folder', () => {
  let folder: string
  const { PATH = '', HOME = '' } = process.env
  const npx = (...args: string[]) =>
    execa('npx', ['--no-install', 'devtool', ...args], {
      cwd: folder,
      env: { PATH, HOME, DEVTOOL_REGISTRY: path.join(folder, 'registry') },
      extendEnv: false,
      reject: false,
    })

  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'devtool-package-'))
    // the build is there already, and other scenarios are using it
    const { stdout } = await execa('npm', ['pack', '--ignore-scripts', '--json', '--pack-destination', folder], { cwd: root })
    const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: { path: string }[] }]
    const paths = files.map((file) => file.path)
    for (const needed of [
      'dist/main.js',
      'templates/terraform.lock.hcl',
      'modules/database-admin/function.zip',
      'devtool.schema.json',
      'README.md',
    ]) {
      expect(paths).toContain(needed)
    }
    expect(paths.filter((file) => /\.test\.|node_modules|\.tftest\.|services\//.test(file))).toEqual([])
    await writeFile(path.join(folder, 'package.json'), '{"private": true}')
    await execa('npm', ['install', '--offline', '--no-audit', '--no-fund', path.join(folder, filename)], { cwd: folder })
  })

  test('has no dependencies and knows its version', async () => {
    const { version, dependencies } = JSON.parse(await readFile(path.join(folder, 'node_modules/devtool/package.json'), 'utf8'))
    expect(dependencies).toBeUndefined()
    expect((await npx('--version')).stdout).toBe(version)
  })

  test('renders an environment, with the modules beside it', async () => {
    expect((await npx('env', 'create', 'first')).exitCode).toBe(2)
    await writeFile(path.join(folder, 'devtool.yaml'), BLUEPRINT)
    const created = await npx('env', 'create', 'first', '--json')
    expect(created.stderr).not.toContain('error')
    expect(JSON.parse(created.stdout)).toMatchObject({ name: 'first', project: 'tiny', status: 'claimed' })
    const main = await readFile(path.join(folder, 'envs/first/main.tf'), 'utf8')
    expect(main).toContain('source = "../.modules/ecs-service"')
    expect(await readFile(path.join(folder, 'envs/.modules/ecs-service/variables.tf'), 'utf8')).toContain('variable "name"')
  })
})
