import path from 'node:path'
import type { Context } from '../context.ts'
import { UsageError } from '../errors.ts'
import { defaultBranch, locate } from '../git/layout.ts'
import type { RenderedFile } from '../rendering/render.ts'
import { dnsLabel, renderStarter } from '../rendering/starter.ts'
import { renderWorkflows } from '../rendering/workflows.ts'
import { findCliSource } from './cli-source.ts'
import { findServices } from './find-services.ts'
import { BLUEPRINT_FILE, openProject } from './project.ts'
import { decideWorkflows, readWorkflows, unusedWorkflows, valueIn } from './workflow-files.ts'

type InitContext = Pick<Context, 'files' | 'cwd' | 'variables' | 'version' | 'git' | 'output'>

export interface InitRequest {
  /** The default branch. */
  branch: string | undefined
  /** Where workflows get DevTool from. */
  package: string | undefined
  overwrite: boolean
}

export interface InitFile {
  /** Relative to the repository. */
  path: string
  /** `edited`: somebody changed it by hand, and it is left so. */
  status: 'written' | 'unchanged' | 'edited'
}

/** What `init` prints. */
export interface Initialized {
  project: string
  label: string
  branch: string
  /** The folder that `files` is relative to. */
  repository: string
  files: InitFile[]
  /** What is left to be done, in this order. */
  next: string[]
}

/** Working files of Terraform and of DevTool, which say nothing to anybody else. */
const IGNORED = ['.terraform/', '*.tfstate', '*.tfstate.*', 'account.auto.tfvars.json', 'adopted.devtool.tf', 'crash.log']

/** Writes what a repository needs to use DevTool. Everything is decided before the first file is written; written twice, nothing changes. */
export async function initialize(context: InitContext, request: InitRequest): Promise<Initialized> {
  const { files, cwd, output } = context
  const layout = await locate(files, cwd)
  if (layout === undefined) output.warn(`${cwd} is in no git repository: the workflows go into it, and are used once it is the top of one`)
  const root = await blueprintFolder(context, layout?.top)
  const top = layout?.top ?? root
  const folder = path.relative(top, root).replaceAll(path.sep, '/')
  const present = await readWorkflows(context, top)
  const branch = request.branch ?? valueIn(present, /^ +ref: "([^"\\]+)"$/m) ?? (layout && (await defaultBranch(files, layout))) ?? 'main'
  requirePlain('the branch', branch)
  if (folder !== '') requirePlain('the folder', folder)
  const cli = await findCliSource(context, {
    ...{ top, folder, asked: request.package },
    present: valueIn(present, /^ +DEVTOOL_PACKAGE: "([^"\\]+)"$/m),
  })

  const starter = await starterOf(context, root)
  const { blueprint } = starter === undefined ? await openProject({ ...context, cwd: root }) : { blueprint: await parse(starter) }
  const { label } = blueprint.previews
  const production = Object.hasOwn(blueprint.environments, 'production')
  const fresh = renderWorkflows({ project: blueprint.project, label, branch, folder, production, cli })
  const workflows = decideWorkflows(present, fresh, request.overwrite)
  const ignore = await ignoreOf(context, root)

  const below = (name: string): string => path.posix.join(folder, name)
  const written: RenderedFile[] = [
    ...(starter === undefined ? [] : [{ path: below(BLUEPRINT_FILE), content: starter }]),
    ...(ignore === undefined ? [] : [{ path: below('.gitignore'), content: ignore }]),
    ...workflows.writes,
  ]
  for (const file of written) await files.write(path.join(top, file.path), file.content)
  for (const file of workflows.keeps) output.warn(`${file} was edited by hand and is left as it is`)
  for (const name of unusedWorkflows(present, fresh))
    output.warn(`${name} is not written any more: ${BLUEPRINT_FILE} has no environment production`)
  const all = [below(BLUEPRINT_FILE), below('.gitignore'), ...fresh.map((file) => file.path)]
  const statusOf = (name: string): InitFile['status'] => {
    if (written.some((file) => file.path === name)) return 'written'
    return workflows.keeps.includes(name) ? 'edited' : 'unchanged'
  }
  return {
    project: blueprint.project,
    label,
    branch,
    repository: top,
    files: all.map((name) => ({ path: name, status: statusOf(name) })),
    next: nextSteps({ label, branch, starter: starter === undefined ? undefined : below(BLUEPRINT_FILE) }),
  }
}

/** That of the `devtool.yaml` that commands would find from here; without one, this folder. */
async function blueprintFolder({ files, cwd }: InitContext, top: string | undefined): Promise<string> {
  for (let folder = cwd; ; folder = path.dirname(folder)) {
    if (await files.exists(path.join(folder, BLUEPRINT_FILE))) return folder
    if (folder === top || path.dirname(folder) === folder) return cwd
  }
}

function requirePlain(what: string, text: string): void {
  if (/^[A-Za-z0-9_][A-Za-z0-9._@-]*(\/[A-Za-z0-9_][A-Za-z0-9._@-]*)*$/.test(text)) return
  throw new UsageError(
    `could not write ${what} ${JSON.stringify(text)} into a workflow: allowed are letters, digits and . _ @ - between slashes`,
  )
}

/** `undefined` if there is a blueprint. */
async function starterOf(context: InitContext, root: string): Promise<string | undefined> {
  const { files, variables, git } = context
  if (await files.exists(path.join(root, BLUEPRINT_FILE))) return undefined
  const named = dnsLabel((await git.repository(root))?.split('/').at(-1) ?? '') || dnsLabel(path.basename(root))
  const given = variables['AWS_REGION'] || variables['AWS_DEFAULT_REGION'] || ''
  const region = /^[a-z]{2,4}(-[a-z]{2,12}){1,3}-\d{1,2}$/.test(given) ? given : undefined
  return renderStarter({
    project: named.length < 2 ? 'app' : named,
    region: region ?? 'us-east-1',
    guessedRegion: region === undefined,
    folders: await findServices(context, root),
  })
}

async function parse(text: string) {
  return (await import('../blueprint/parse.ts')).parseBlueprint(text, BLUEPRINT_FILE)
}

/** `undefined` if nothing is missing. */
async function ignoreOf({ files }: InitContext, root: string): Promise<string | undefined> {
  const text = (await files.readText(path.join(root, '.gitignore'))) ?? ''
  const lines = new Set(text.split('\n').map((line) => line.trim()))
  const missing = IGNORED.filter((line) => !lines.has(line))
  if (missing.length === 0) return undefined
  const gap = text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n'
  return `${text}${gap}# working files of Terraform and DevTool\n${missing.join('\n')}\n`
}

function nextSteps({ label, branch, starter }: { label: string; branch: string; starter: string | undefined }): string[] {
  return [
    ...(starter === undefined ? [] : [`look through ${starter}: the ports and routes are guessed from the Dockerfiles`]),
    'devtool bootstrap --github: it makes the platform, the roles, and what the workflows read',
    `commit these files and push them to ${branch}: GitHub takes the workflows from there`,
    `gh label create ${/\s/.test(label) ? `"${label}"` : label}, then put it on a pull request`,
  ]
}
