import { readdir, readFile, readlink } from 'node:fs/promises'
import { type IncomingHttpHeaders, request } from 'node:http'
import { connect } from 'node:net'
import path from 'node:path'
import { type DevtoolResult, type RunningDevtool, startDevtool } from '../support/cli.ts'
import { createProject, type Project, type ProjectOptions } from '../support/project.ts'
import { root } from '../support/toolchain.ts'

/** What the scenarios on this machine do and look at. */

export interface Environment {
  name: string
  target: string
  status: string
  url: string
  directory: string
  branch: string
  expiresAt: string
  services: { name: string; status: string; url: string | null; image: string | null }[]
}

export interface Answer {
  status: number
  text: string
  headers: IncomingHttpHeaders
}

export interface RunningProcess {
  pid: number
  command: string
  /** Where it runs. */
  folder: string
}

export interface Machine {
  shop: Project
  run(args: string[], options?: { cwd?: string; env?: Record<string, string> }): Promise<DevtoolResult>
  start(args: string[], options?: { cwd?: string; env?: Record<string, string> }): RunningDevtool
  /** `env create --target local --apply`, which has to succeed. */
  create(cwd?: string, ...args: string[]): Promise<Environment>
  show(name: string): Promise<Environment>
  /** Every process that runs because of this project: found by its folder, its arguments or its environment. */
  processes(): Promise<RunningProcess[]>
  /** What is left in the state folder; empty if there is none. */
  leftovers(): Promise<string[]>
  /** Destroys what is there, ends what runs, removes the project. */
  remove(): Promise<void>
}

/** A repository of the sample that can be run, with a state folder of its own. Postgres is fetched once into this repository's cache. */
export async function createMachine(options: ProjectOptions = {}): Promise<Machine> {
  const shop = await createProject({ runnable: true, ...options })
  const state = shop.environment['XDG_STATE_HOME'] as string
  const env = { XDG_STATE_HOME: state, XDG_CACHE_HOME: path.join(root, '.cache/user'), DEVTOOL_POSTGRES_BIN: undefined }
  const start: Machine['start'] = (args, { cwd = shop.folder, env: more = {} } = {}) =>
    startDevtool(args, { cwd, env: { ...env, ...more } })
  const run: Machine['run'] = (args, options) => start(args, options).done
  const processes = (): Promise<RunningProcess[]> => processesOf(path.dirname(state))
  return {
    shop,
    start,
    run,
    create: async (cwd, ...args) => {
      const result = await run(['env', 'create', '--target', 'local', '--apply', '--yes', '--json', ...args], { cwd: cwd ?? shop.folder })
      if (result.exitCode !== 0) throw new Error(result.stderr)
      return result.json<Environment>()
    },
    show: async (name) => (await run(['env', 'show', name, '--json'])).json<Environment>(),
    processes,
    leftovers: async () => {
      const entries = await readdir(state, { recursive: true, withFileTypes: true }).catch(() => [])
      return entries.map((entry) => path.relative(state, path.join(entry.parentPath, entry.name)))
    },
    remove: async () => {
      const list = await run(['env', 'list', '--target', 'local', '--json'])
      const left = list.exitCode === 0 ? list.json<Environment[]>() : []
      for (const { name } of left) await run(['env', 'destroy', name, '--yes'])
      for (const { pid } of await processes()) process.kill(pid, 'SIGKILL')
      await shop.remove()
    },
  }
}

async function processesOf(home: string): Promise<RunningProcess[]> {
  const found: RunningProcess[] = []
  for (const entry of await readdir('/proc')) {
    const pid = Number(entry)
    if (!Number.isInteger(pid) || pid === process.pid) continue
    const [environ, cmdline, stat] = await Promise.all(
      ['environ', 'cmdline', 'stat'].map((file) => readFile(`/proc/${pid}/${file}`, 'utf8').catch(() => '')),
    )
    const ended = / Z /.test(stat?.slice(stat.lastIndexOf(')')) ?? '')
    const folder = await readlink(`/proc/${pid}/cwd`).catch(() => '')
    if (ended || ![environ, cmdline, folder].some((text) => text?.includes(home))) continue
    found.push({ pid, command: cmdline?.replaceAll('\0', ' ') ?? '', folder })
  }
  return found
}

/** A request as a browser sends it, which knows that `*.localhost` is this machine. */
export function get(url: string, options: { host?: string; accept?: string; body?: unknown } = {}): Promise<Answer> {
  const { host, port, pathname, search } = new URL(url)
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  const { accept = 'text/html' } = options
  const headers = { host: options.host ?? host, accept, ...(body === undefined ? {} : { 'content-type': 'application/json' }) }
  return new Promise((resolve, reject) => {
    const method = body === undefined ? 'GET' : 'POST'
    const outgoing = request({ host: '127.0.0.1', port, path: `${pathname}${search}`, method, headers, agent: false }, (response) => {
      let text = ''
      response.setEncoding('utf8').on('data', (chunk) => {
        text += chunk
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, headers: response.headers })).on('error', reject)
    })
    outgoing.on('error', reject).end(body)
  })
}

/** All messages in the guestbook of an environment, newest first. */
export async function messages(environment: { url: string }): Promise<string[]> {
  const found: string[] = []
  for (let before: number | null = null; ; ) {
    const { status, text } = await get(`${environment.url}/api/entries?limit=100${before === null ? '' : `&before=${before}`}`)
    if (status !== 200) throw new Error(`${status} ${text}`)
    const page = JSON.parse(text) as { entries: { message: string }[]; next: number | null }
    found.push(...page.entries.map(({ message }) => message))
    if (page.next == null) return found
    before = page.next
  }
}

export async function sign(environment: { url: string }, message: string): Promise<void> {
  const { status, text } = await get(`${environment.url}/api/entries`, { body: { name: 'Ada', message } })
  if (status !== 201) throw new Error(`${status} ${text}`)
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.destroy()
      resolve(true)
    })
    socket.on('error', () => resolve(false))
  })
}

/** Looks again until it holds; throws, with what was seen last, if it never does. */
export async function eventually<Value>(look: () => Promise<Value>, holds: (value: Value) => boolean, limitMs = 20_000): Promise<Value> {
  const until = performance.now() + limitMs
  for (;;) {
    const seen = await look().catch((error: unknown) => error)
    if (!(seen instanceof Error) && holds(seen as Value)) return seen as Value
    if (performance.now() > until)
      throw new Error(`it did not come to pass: ${seen instanceof Error ? seen.message : JSON.stringify(seen)}`)
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}
