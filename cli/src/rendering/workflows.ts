import { templateFor } from './catalog.ts'
import { withHeader } from './header.ts'
import { TERRAFORM } from './pins.ts'
import type { RenderedFile } from './render.ts'

/** How a workflow gets the CLI. */
export type CliSource =
  /** The repository is DevTool's own: it is built from what is checked out. */
  | { kind: 'source' }
  /** A `package-lock.json` has it, in this folder of the repository. */
  | { kind: 'lock'; folder: string }
  /** It is installed by this name and exact version, or from this address. */
  | { kind: 'package'; spec: string }

export interface WorkflowsInput {
  project: string
  /** Of a pull request that asks for a preview. */
  label: string
  /** The default branch. */
  branch: string
  /** That of `devtool.yaml`, relative to the repository; `''` when it is the same. */
  folder: string
  /** Whether the blueprint has an environment `production`. */
  production: boolean
  cli: CliSource
}

const FOLDER = '.github/workflows'
const NOTE = 'devtool init brings it up to date.'

/** The workflows of a user's repository, relative to it. Pure: the same input gives the same bytes. */
export function renderWorkflows(input: WorkflowsInput): RenderedFile[] {
  const always = ['preview', 'preview-teardown', 'reaper', 'environments']
  const names = input.production ? [...always, 'production', 'drift'] : always
  const view = viewOf(input)
  return names.map((name) => {
    const body = templateFor(`workflows/${name}.yml.hbs`)(view).replaceAll(/\n{3,}/g, '\n\n')
    return { path: `${FOLDER}/${name}.yml`, content: withHeader('workflow', body, NOTE) }
  })
}

function viewOf({ project, label, branch, folder, cli }: WorkflowsInput) {
  const below = (name: string): string => (folder === '' ? name : `${folder}/${name}`)
  return {
    project,
    label,
    branch,
    ref: `refs/heads/${branch}`,
    folder: folder === '' ? null : folder,
    paths: {
      blueprint: below('devtool.yaml'),
      environments: below('envs/**'),
      production: below('envs/production/**'),
      modules: below('modules/**'),
    },
    terraform: TERRAFORM,
    cli: {
      source: cli.kind === 'source',
      lock: cli.kind === 'lock' ? cli.folder || '.' : null,
      package: cli.kind === 'package' ? cli.spec : null,
      command: commandOf(cli, folder),
    },
  }
}

/** Started directly, and not by npx: that is one process more between a signal and DevTool, and looks for packages when credentials are there. */
function commandOf(cli: CliSource, folder: string): string {
  if (cli.kind === 'source') return 'node cli/bin/devtool.js'
  if (cli.kind === 'package') return 'devtool'
  const up = cli.folder === folder || folder === '' ? '' : '../'.repeat(folder.split('/').length)
  return `${up}node_modules/.bin/devtool`
}
