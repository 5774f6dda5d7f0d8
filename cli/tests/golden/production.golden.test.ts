import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { parseBlueprint } from '../../src/blueprint/parse.ts'
import { resolveBlueprint } from '../../src/blueprint/resolve.ts'
import { parseDocument } from '../../src/environment/document.ts'
import { render } from '../../src/rendering/render.ts'
import { root } from '../support/toolchain.ts'

const read = (file: string): Promise<string> => readFile(path.join(root, file), 'utf8')

test('envs/production is what devtool.yaml and its environment.json render to', async () => {
  const document = parseDocument(await read('envs/production/environment.json'), 'environment.json')
  const blueprint = resolveBlueprint(parseBlueprint(await read('devtool.yaml'), 'devtool.yaml'), 'production')
  expect(document).toMatchObject({ name: 'production', pinned: true, template: 'dedicated' })
  for (const file of render(blueprint, document, { modulesPath: '../../modules' })) {
    expect(await read(`envs/production/${file.path}`), `envs/production/${file.path}: devtool env create production`).toBe(file.content)
  }
  expect(await read('envs/production/.terraform.lock.hcl')).toBe(await read('templates/terraform.lock.hcl'))
})
