import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { renderWorkflows, type WorkflowsInput } from '../../src/rendering/workflows.ts'
import { root } from '../support/toolchain.ts'

/** A workflow as a file. */
export interface Source {
  /** Whose it is. */
  owner: string
  /** `preview.yml`. */
  name: string
  text: string
}

const SHOP: WorkflowsInput = {
  project: 'shop',
  label: 'preview',
  branch: 'main',
  folder: '',
  production: true,
  cli: { kind: 'lock', folder: '' },
}

/** Repositories that differ in all that a workflow is rendered from. */
const USERS: Readonly<Record<string, WorkflowsInput>> = {
  'a user with a lock file': SHOP,
  'a user with a folder and a package': {
    ...{ project: 'a-shop-of-twenty-let', label: 'needs: preview/x', branch: 'release/2.x', folder: 'infra/shop', production: true },
    cli: { kind: 'package', spec: '@acme/devtool@1.2.3' },
  },
  'a user without production': { ...SHOP, folder: 'infra', production: false },
}

export function rendered(input: Partial<WorkflowsInput> = {}, owner = 'a user'): Source[] {
  return renderWorkflows({ ...SHOP, ...input }).map(({ path: file, content }) => ({ owner, name: path.basename(file), text: content }))
}

/** The workflow of a user with a lock file. */
export function workflowText(name: string): string {
  const found = rendered().find((source) => source.name === name)
  if (found === undefined) throw new Error(`no workflow ${name}`)
  return found.text
}

const FOLDER = path.join(root, '.github/workflows')

/** This repository's own, as they lie there. */
export function own(): Source[] {
  return readdirSync(FOLDER).map((name) => ({ owner: 'this repository', name, text: readFileSync(path.join(FOLDER, name), 'utf8') }))
}

export function all(): Source[] {
  return [...Object.entries(USERS).flatMap(([owner, input]) => rendered(input, owner)), ...own()]
}
